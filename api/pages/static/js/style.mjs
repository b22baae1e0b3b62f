// The map style: our own tiles, no glyphs and no sprites. Text is drawn with the page's fonts.

const FONT = ["Noto Sans", "sans-serif"];

const byZoom = (...stops) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];
const isClass = (...names) => ["in", ["get", "class"], ["literal", names]];
const named = (language) => [
  "coalesce",
  ...[`name_${language}`, "name", "name_ru", "name_kk", "name_en"].map((key) => ["get", key]),
];

// Widths in pixels at zooms 8, 12, 14, 16, 18 and 20.
const WIDTHS = {
  motorway: [1.6, 3.4, 7, 14, 30, 64],
  primary: [1.2, 3, 6, 12, 26, 56],
  secondary: [0.8, 2.4, 5, 10, 22, 48],
  tertiary: [0.6, 1.8, 4.2, 9, 20, 44],
  minor: [0.2, 0.9, 2.6, 7, 16, 36],
  service: [0.1, 0.4, 1.2, 4, 9, 20],
};
const ZOOMS = [8, 12, 14, 16, 18, 20];
const ROAD_CLASSES = Object.keys(WIDTHS);

function roadWidth(extra) {
  const stops = ZOOMS.flatMap((zoom, at) => [
    zoom,
    ["match", ["get", "class"],
      ...ROAD_CLASSES.flatMap((name) => [name, WIDTHS[name][at] + extra]),
      1 + extra],
  ]);
  return byZoom(...stops);
}

function roadColour(c, line) {
  const suffix = line ? "Line" : "";
  return ["match", ["get", "class"],
    "motorway", c[`motorway${suffix}`],
    ["primary", "secondary"], c[`major${suffix}`],
    c[`road${suffix}`]];
}

function ground(c) {
  return [
    { id: "ground", type: "background", paint: { "background-color": c.ground } },
    {
      id: "land", type: "fill", source: "basemap", "source-layer": "land",
      paint: {
        "fill-color": ["match", ["get", "kind"],
          "water", c.water, "park", c.park, "wood", c.wood, "grass", c.grass,
          "sand", c.sand, "pitch", c.pitch, "square", c.square, c.grass],
      },
    },
    {
      id: "waterways", type: "line", source: "basemap", "source-layer": "lines",
      filter: ["==", ["get", "kind"], "waterway"],
      paint: { "line-color": c.waterway, "line-width": byZoom(10, 0.5, 14, 1.2, 18, 4) },
    },
    {
      id: "buildings", type: "fill", source: "basemap", "source-layer": "buildings", minzoom: 14,
      paint: { "fill-color": c.building, "fill-outline-color": c.buildingLine },
    },
  ];
}

function streets(c) {
  const line = { "line-cap": "round", "line-join": "round" };
  const road = { type: "line", source: "basemap", "source-layer": "roads" };
  const tunnel = ["==", ["coalesce", ["get", "tunnel"], false], true];
  return [
    {
      ...road, id: "pedestrian", filter: isClass("pedestrian"), layout: line,
      paint: { "line-color": c.pedestrian, "line-width": byZoom(13, 1.5, 16, 6, 20, 24) },
    },
    {
      ...road, id: "road-edges", filter: isClass(...ROAD_CLASSES), minzoom: 11,
      layout: { ...line, "line-sort-key": ["match", ["get", "class"], "motorway", 5, "primary", 4, "secondary", 3, "tertiary", 2, "minor", 1, 0] },
      paint: { "line-color": roadColour(c, true), "line-width": roadWidth(1.6) },
    },
    {
      ...road, id: "roads", filter: isClass(...ROAD_CLASSES),
      layout: { ...line, "line-sort-key": ["match", ["get", "class"], "motorway", 5, "primary", 4, "secondary", 3, "tertiary", 2, "minor", 1, 0] },
      paint: { "line-color": roadColour(c, false), "line-width": roadWidth(0), "line-opacity": ["case", tunnel, 0.55, 1] },
    },
    {
      id: "railways", type: "line", source: "basemap", "source-layer": "lines",
      filter: ["==", ["get", "kind"], "railway"],
      paint: { "line-color": c.railway, "line-width": byZoom(10, 0.6, 16, 2), "line-dasharray": [6, 2] },
    },
    {
      ...road, id: "paths", filter: isClass("path"), minzoom: 14,
      layout: { "line-cap": "butt", "line-join": "round" },
      paint: { "line-color": c.footway, "line-width": byZoom(14, 0.7, 16, 1.5, 20, 5), "line-dasharray": [2.5, 1.5], "line-opacity": ["case", tunnel, 0.5, 1] },
    },
    {
      ...road, id: "crossings", filter: isClass("crossing"), minzoom: 15,
      paint: { "line-color": c.crossing, "line-width": byZoom(15, 1.6, 18, 6, 20, 16), "line-dasharray": [0.4, 0.4] },
    },
    {
      ...road, id: "steps", filter: isClass("steps", "lift"), minzoom: 14,
      paint: { "line-color": c.steps, "line-width": byZoom(14, 2, 16, 4, 20, 14), "line-dasharray": [0.35, 0.25] },
    },
  ];
}

function labels(c, language) {
  return [
    {
      id: "road-names", type: "symbol", source: "basemap", "source-layer": "roads", minzoom: 13,
      filter: isClass(...ROAD_CLASSES, "pedestrian"),
      layout: {
        "symbol-placement": "line", "text-field": named(language), "text-font": FONT,
        "text-size": byZoom(13, 11, 17, 14), "text-max-angle": 35, "symbol-spacing": 380,
        "symbol-sort-key": ["match", ["get", "class"], "motorway", 0, "primary", 1, "secondary", 2, "tertiary", 3, 4],
      },
      paint: { "text-color": c.minorText, "text-halo-color": c.halo, "text-halo-width": 1.6 },
    },
    {
      id: "house-numbers", type: "symbol", source: "basemap", "source-layer": "buildings", minzoom: 16.8,
      layout: { "text-field": ["coalesce", ["get", "housenumber"], ""], "text-font": FONT, "text-size": 11 },
      paint: { "text-color": c.minorText, "text-halo-color": c.building, "text-halo-width": 1 },
    },
  ];
}

const wordOf = ["coalesce", ["get", ["concat", "entry_", ["global-state", "profile"]]], "unknown"];
const wordRank = ["match", wordOf, "unknown", 0, "no", 1, "with_help", 2, 3];
const isShown = ["match", ["global-state", "only"],
  "yes", ["==", wordOf, "yes"],
  "enter", ["in", wordOf, ["literal", ["yes", "with_help"]]],
  true];
const countOf = (word) => ["coalesce", ["get", ["concat", ["global-state", "profile"], `_${word}`]], 0];
const shownCount = ["match", ["global-state", "only"],
  "yes", countOf("yes"),
  "enter", ["+", countOf("yes"), countOf("with_help")],
  ["coalesce", ["get", "count"], 0]];
const share = (word) => ["to-string", ["round", ["/", ["*", countOf(word), 12], ["max", ["get", "count"], 1]]]];

function places(c, language) {
  return [
    {
      id: "barrier-lines", type: "line", source: "barriers", "source-layer": "barriers",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: { "line-color": c.barrier, "line-width": byZoom(13, 3, 18, 8), "line-dasharray": [1, 0.6] },
    },
    {
      id: "clusters", type: "symbol", source: "places", "source-layer": "clusters", maxzoom: 14,
      filter: [">", shownCount, 0],
      layout: {
        "icon-image": ["concat", "share-", share("yes"), "-", share("with_help"), "-", share("no")],
        "icon-size": ["interpolate", ["linear"], ["get", "count"], 1, 0.62, 20, 0.85, 300, 1.15],
        "icon-allow-overlap": true, "text-allow-overlap": true,
        "text-field": ["to-string", shownCount], "text-font": FONT, "text-size": 12,
      },
      paint: { "text-color": c.text },
    },
    {
      id: "entrances", type: "symbol", source: "entrances", "source-layer": "entrances", minzoom: 16.5,
      layout: { "icon-image": "entrance", "icon-allow-overlap": true, "icon-size": byZoom(16.5, 0.7, 19, 1.1) },
    },
    {
      id: "barriers", type: "symbol", source: "barriers", "source-layer": "barriers",
      filter: ["==", ["geometry-type"], "Point"],
      layout: { "icon-image": "barrier", "icon-allow-overlap": true, "icon-size": byZoom(12, 0.6, 16, 1) },
    },
    {
      id: "places", type: "symbol", source: "places", "source-layer": "places", minzoom: 14,
      filter: ["all", ["!", ["coalesce", ["get", "plain"], false]], isShown],
      layout: {
        "icon-image": ["concat", "word-", wordOf], "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"],
          14, ["match", wordOf, "unknown", 0.5, 0.75],
          16, ["match", wordOf, "unknown", 0.7, 1],
          18, 1.15],
        "symbol-sort-key": wordRank,
        "text-field": ["step", ["zoom"], "", 16, ["coalesce", named(language), ""]],
        "text-font": FONT, "text-size": 12, "text-optional": true, "text-max-width": 9,
        "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 1.1,
      },
      paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 1.6 },
    },
  ];
}

function source(tiles, name, minzoom, attribution) {
  const found = { type: "vector", tiles: [`${tiles}/${name}/{z}/{x}/{y}`], minzoom, maxzoom: 16 };
  return attribution ? { ...found, attribution } : found;
}

export function buildStyle(data, theme) {
  const c = data.colours[theme];
  const { language, tiles } = data;
  const filter = data.category ? `?category=${encodeURIComponent(data.category)}` : "";
  const placeSource = source(tiles, "places", 0);
  placeSource.tiles = placeSource.tiles.map((address) => address + filter);
  return {
    version: 8,
    state: { profile: { default: data.profile }, only: { default: data.only ?? "any" } },
    sources: {
      basemap: source(tiles, "basemap", 5, data.attribution),
      places: placeSource,
      entrances: source(tiles, "entrances", 16),
      barriers: source(tiles, "barriers", 11),
    },
    layers: [...ground(c), ...streets(c), ...labels(c, language), ...places(c, language)]
      // Counts of places would only hide a line.
      .filter(({ id }) => data.page !== "route" || id !== "clusters"),
  };
}
