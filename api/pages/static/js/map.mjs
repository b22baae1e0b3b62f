// Start the map library on demand; without it, or without WebGL, the page says so and goes on.

import { drawMark, PIXEL_RATIO } from "./marks.mjs";
import { buildStyle } from "./style.mjs";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

export function readData() {
  return JSON.parse(document.getElementById("page-data").textContent);
}

export function isStill() {
  return still.matches;
}

// The picture that the server draws: light on a thin line, and all there is without WebGL.
export function showPicture(container, data) {
  container.replaceChildren();
  if (!data.sketch) return;
  const [width, height] = window.innerWidth < 700 ? [380, 360] : [640, 480];
  const picture = Object.assign(new Image(width, height), { className: "sketch", alt: data.texts.sketch });
  picture.src = `${data.sketch}&width=${width}&height=${height}`;
  container.append(picture);
}

function note(container, data) {
  showPicture(container, data);
  const line = document.createElement("p");
  line.className = "map-note";
  line.textContent = data.texts.failed;
  container.append(line);
  document.documentElement.dataset.map = "failed";
}

async function load(data) {
  if (!data.library) throw new Error("the map library is not installed");
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `${data.library}/maplibre-gl.css`;
  document.head.prepend(sheet);
  return import(`${data.library}/maplibre-gl.mjs`);
}

// Draw the map; gives `null` when this device cannot.
export async function startMap(data, options = {}) {
  const container = document.getElementById("map");
  try {
    const library = await load(data);
    container.replaceChildren();
    const map = new library.Map({
      container,
      style: buildStyle(data, dark.matches ? "dark" : "light"),
      center: [data.start.lon, data.start.lat],
      zoom: data.start.zoom,
      minZoom: 5,
      maxZoom: 20,
      locale: data.mapTexts,
      cooperativeGestures: options.cooperative ?? false,
      fadeDuration: isStill() ? 0 : 200,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: { compact: false },
    });
    map.touchZoomRotate.disableRotation();
    map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new library.GeolocateControl({ trackUserLocation: true }), "top-right");
    map.addControl(new library.ScaleControl({ unit: "metric" }), "bottom-left");
    drawMissing(map, data);
    map.getCanvas().setAttribute("aria-label", data.mapTexts["Map.Title"]);
    map.on("idle", () => { document.documentElement.dataset.map = "idle"; });
    dark.addEventListener("change", () => map.setStyle(buildStyle(data, dark.matches ? "dark" : "light")));
    return { map, library };
  } catch (error) {
    console.info("map:", error.message);
    note(container, data);
    return null;
  }
}

// Marks are drawn when a tile first needs them; after a change of theme they are drawn anew.
function drawMissing(map, data) {
  map.setMissingStyleImageResolver((id) => {
    const image = drawMark(id, data.colours[dark.matches ? "dark" : "light"]);
    if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: PIXEL_RATIO });
  });
}
