// The small map of a place page; loaded when it comes into view.

import { readData, startMap } from "./map.mjs";

const data = readData();
const container = document.getElementById("map");
const watcher = new IntersectionObserver(async (entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  watcher.disconnect();
  await startMap(data, { cooperative: true });
}, { rootMargin: "200px" });
watcher.observe(container);
