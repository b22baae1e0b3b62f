// The start page: the list follows the map, a mark opens its card, one address holds both views.

import { isStill, readData, startMap } from "./map.mjs";

const data = readData();
const home = document.getElementById("home");
const results = document.getElementById("results");
const selected = document.getElementById("selected");
const announce = document.getElementById("announce");
const wide = window.matchMedia("(min-width: 56rem)");
let started = null;
let pending = null;

async function fetchPart(address, part) {
  const answer = await fetch(address, { headers: { "X-Fragment": part } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

async function refreshList() {
  const address = new URL(window.location.href);
  pending?.abort();
  pending = new AbortController();
  try {
    const answer = await fetch(address, { headers: { "X-Fragment": "list" }, signal: pending.signal });
    if (!answer.ok) return;
    results.innerHTML = await answer.text();
    announce.textContent = `${data.texts.updated}: ${results.querySelector("h2").textContent}`;
  } catch (error) {
    if (error.name !== "AbortError") console.info("list:", error.message);
  }
}

function keepInAddress(map) {
  const box = map.getBounds();
  const address = new URL(window.location.href);
  const numbers = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  address.searchParams.set("bbox", numbers.map((each) => each.toFixed(5)).join(","));
  address.searchParams.delete("near");
  address.searchParams.delete("cursor");
  history.replaceState(null, "", address.href.replaceAll("%2C", ","));
  for (const link of document.querySelectorAll(".choices a, .languages a, .main-nav a[href^='" + data.home + "?']")) {
    const target = new URL(link.href);
    target.searchParams.set("bbox", address.searchParams.get("bbox"));
    target.searchParams.delete("near");
    link.href = target.href.replaceAll("%2C", ",");
  }
  for (const form of document.querySelectorAll(".choices form")) {
    form.elements.near?.remove();
    const field = form.elements.bbox ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "bbox" }));
    field.value = address.searchParams.get("bbox");
  }
}

function follow(map) {
  let timer = 0;
  let moved = false;
  map.on("movestart", (event) => { moved = moved || Boolean(event.originalEvent) || started?.ready; });
  map.on("moveend", () => {
    // What somebody searched for stays in the list, wherever they look on the map.
    if (!moved || data.isSearch) return;
    clearTimeout(timer);
    timer = setTimeout(() => { keepInAddress(map); refreshList(); }, 350);
  });
}

async function showCard(id) {
  const query = new URLSearchParams(window.location.search);
  try {
    selected.innerHTML = await fetchPart(`${data.home}places/${id}?${query}`, "card");
  } catch {
    return;
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "✕";
  close.setAttribute("aria-label", data.texts.close);
  close.addEventListener("click", () => selected.replaceChildren());
  selected.append(close);
}

function answerClicks(map) {
  map.on("click", (event) => {
    const [mark] = map.queryRenderedFeatures(
      [[event.point.x - 12, event.point.y - 12], [event.point.x + 12, event.point.y + 12]],
      { layers: ["places", "clusters", "entrances"] },
    );
    if (!mark) {
      selected.replaceChildren();
    } else if (mark.layer.id === "clusters") {
      const view = { center: mark.geometry.coordinates, zoom: Math.min(map.getZoom() + 2, 15) };
      if (isStill()) map.jumpTo(view); else map.easeTo(view);
    } else {
      showCard(mark.properties.place_id ?? mark.properties.id);
    }
  });
  for (const layer of ["places", "clusters", "entrances"]) {
    map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
  selected.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { selected.replaceChildren(); map.getCanvas().focus(); }
  });
}

// What a search found stands on the map under the numbers of the list.
function markHits(map, library) {
  data.hits.forEach(({ id, name, point }, at) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "hit-mark";
    element.textContent = String(at + 1);
    element.addEventListener("click", (event) => { event.stopPropagation(); showCard(id); });
    new library.Marker({ element }).setLngLat(point).addTo(map);
    element.setAttribute("aria-label", `${at + 1}. ${name}`);
  });
}

async function showMap() {
  if (started) return;
  started = {};
  const made = await startMap(data);
  if (!made) return;
  const { map, library } = made;
  if (data.bbox) map.fitBounds(data.bbox, { animate: false, padding: data.isSearch ? 40 : 0, maxZoom: 17 });
  markHits(map, library);
  follow(map);
  answerClicks(map);
  map.once("idle", () => { started.ready = true; });
  window.esikMap = map;
}

function switchViews() {
  for (const link of document.querySelectorAll(".views a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      home.dataset.view = link.dataset.view;
      for (const each of document.querySelectorAll(".views a")) each.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      const address = new URL(window.location.href);
      address.searchParams.set("view", link.dataset.view);
      history.replaceState(null, "", address.href.replaceAll("%2C", ","));
      if (link.dataset.view === "map") showMap();
    });
  }
}

function offerNearMe() {
  const button = document.getElementById("near-me");
  if (!navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const address = new URL(window.location.href);
        address.searchParams.set("near", `${coords.longitude.toFixed(5)},${coords.latitude.toFixed(5)}`);
        address.searchParams.delete("bbox");
        address.searchParams.delete("cursor");
        window.location.assign(address.href.replaceAll("%2C", ","));
      },
      () => { announce.textContent = data.texts.noPosition; announce.className = "notice"; },
      { enableHighAccuracy: true, timeout: 10000 },
    );
  });
}

switchViews();
offerNearMe();
if (wide.matches || data.view === "map") showMap();
wide.addEventListener("change", () => { if (wide.matches) showMap(); });
