// The page of a place shows a picture; whoever wants to move it gets the map in its stead.

import { readData, startMap } from "./map.mjs";

const data = readData();
const button = document.getElementById("open-map");
const container = document.getElementById("map");

if (data.library) button.hidden = false;
button.addEventListener("click", async () => {
  button.hidden = true;
  container.hidden = false;
  document.getElementById("sketch").hidden = true;
  const made = await startMap(data, { cooperative: true });
  made?.map.getCanvas().focus();
}, { once: true });
