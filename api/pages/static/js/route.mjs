// The route page: the line on the map, and ends taken from the map or from where one is.

import { readData, showPicture, startMap } from "./map.mjs";

const data = readData();

// A stretch that needs help is drawn with a dashed core, a barrier in the colour of "no".
function drawLine(map, colours) {
  map.addSource("route", { type: "geojson", data: data.route });
  const layer = { type: "line", source: "route", layout: { "line-cap": "round", "line-join": "round" } };
  const needsHelp = [">", ["length", ["coalesce", ["get", "help"], ["literal", []]]], 0];
  const colour = data.found ? colours.route : colours.no;
  map.addLayer({ ...layer, id: "route-edge", paint: { "line-color": colours.routeLine, "line-width": 10 } }, "entrances");
  map.addLayer({ ...layer, id: "route", paint: { "line-color": colour, "line-width": 6 } }, "entrances");
  map.addLayer({
    ...layer, id: "route-help", filter: needsHelp, layout: {},
    paint: { "line-color": colours.halo, "line-width": 3, "line-dasharray": [1, 1] },
  }, "entrances");
}

function fit(map, library) {
  const box = new library.LngLatBounds();
  const add = (part) => {
    if (typeof part[0] === "number") box.extend(part);
    else part.forEach(add);
  };
  data.route?.features?.forEach((feature) => add(feature.geometry.coordinates));
  Object.values(data.ends).filter(Boolean).forEach((point) => box.extend(point));
  data.stops.forEach((stop) => box.extend(stop.point));
  if (!box.isEmpty()) map.fitBounds(box, { padding: { top: 60, bottom: 60, left: 60, right: 90 }, maxZoom: 17, animate: false });
}

function mark(map, library) {
  for (const [key, text] of [["from", data.texts.start], ["to", data.texts.end]]) {
    if (!data.ends[key]) continue;
    const marker = new library.Marker({ color: key === "from" ? "#0b4fb3" : "#b42318" });
    marker.setLngLat(data.ends[key]).addTo(map).getElement().setAttribute("aria-label", text);
  }
  // A stop carries its number: so it is told from both ends without colours.
  for (const { number, point, text } of data.stops) {
    const element = document.createElement("span");
    element.className = "stop-pin";
    element.textContent = number;
    new library.Marker({ element }).setLngLat(point).addTo(map);
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", text);
  }
}

function offerPicking(map) {
  for (const button of document.querySelectorAll("[data-pick]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const { lng, lat } = map.getCenter();
      document.getElementById(button.dataset.pick).value = `${lng.toFixed(6)},${lat.toFixed(6)}`;
    });
  }
}

function offerPosition() {
  const button = document.getElementById("from-here");
  if (!button || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      document.getElementById("from").value = `${coords.longitude.toFixed(6)},${coords.latitude.toFixed(6)}`;
    });
  });
}

async function showMap() {
  const made = await startMap(data);
  if (!made) return;
  const { map, library } = made;
  const theme = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  fit(map, library);
  mark(map, library);
  offerPicking(map);
  // From afar, places beside the way would only hide it.
  const thin = () => {
    for (const { id, source } of map.getStyle().layers) if (source === "places") map.setLayerZoomRange(id, 16, 24);
  };
  const draw = () => { thin(); if (data.route?.features?.length && !map.getSource("route")) drawLine(map, data.colours[theme]); };
  if (map.isStyleLoaded()) draw();
  map.on("style.load", draw);
  window.esikMap = map;
}

// A phone shows the steps and the picture; the map, twenty times as heavy, waits for a tap.
function offerMap() {
  const container = document.getElementById("map");
  const button = document.getElementById("open-map");
  container.classList.add("map-waiting");
  showPicture(container, data);
  button.hidden = !data.library;
  button.addEventListener("click", () => {
    button.hidden = true;
    container.classList.remove("map-waiting");
    showMap();
  }, { once: true });
}

offerPosition();
if (window.matchMedia("(min-width: 70rem)").matches) showMap(); else offerMap();
