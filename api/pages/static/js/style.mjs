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
  motorway: [1.6, 3, 6, 13, 28, 60],
  primary: [1.1, 2.3, 5, 12, 26, 56],
  secondary: [0.8, 1.9, 4.2, 10, 22, 48],
  tertiary: [0.6, 1.5, 3.6, 9, 20, 44],
  minor: [0.2, 0.8, 2.4, 7, 16, 36],
  service: [0.1, 0.4, 1.2, 4, 9, 20],
  driveway: [0.1, 0.3, 0.8, 2.4, 6, 14],
};
const ZOOMS = [8, 12, 14, 16, 18, 20];
const ROAD_CLASSES = Object.keys(WIDTHS);

// How much wider the edge of a road is; thin far out, where roads lie close together.
const EDGES = [0.6, 1, 1.4, 1.8, 2, 2.4];

function roadWidth(edge) {
  const stops = ZOOMS.flatMap((zoom, at) => [
    zoom,
    ["match", ["get", "class"],
      ...ROAD_CLASSES.flatMap((name) => [name, WIDTHS[name][at] + (edge ? EDGES[at] : 0)]),
      1],
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
      filter: ["!", ["in", ["get", "kind"], ["literal", ["water", "square"]]]],
      paint: {
        "fill-color": ["match", ["get", "kind"],
          "park", c.park, "wood", c.wood, "grass", c.grass,
          "sand", c.sand, "pitch", c.pitch, c.grass],
      },
    },
    {
      id: "water", type: "fill", source: "basemap", "source-layer": "land",
      filter: ["==", ["get", "kind"], "water"],
      paint: { "fill-color": c.water },
    },
    {
      id: "shore", type: "line", source: "basemap", "source-layer": "land", minzoom: 12,
      filter: ["==", ["get", "kind"], "water"],
      paint: { "line-color": c.waterway, "line-width": byZoom(12, 0.4, 16, 1), "line-opacity": 0.6 },
    },
    {
      id: "squares", type: "fill", source: "basemap", "source-layer": "land", minzoom: 13,
      filter: ["==", ["get", "kind"], "square"],
      paint: { "fill-color": c.square },
    },
    {
      id: "waterways", type: "line", source: "basemap", "source-layer": "lines",
      filter: ["==", ["get", "kind"], "waterway"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": c.waterway, "line-width": byZoom(8, 0.5, 14, 1.2, 18, 4) },
    },
  ];
}

const BUILDINGS = { type: "fill", source: "basemap", "source-layer": "buildings", minzoom: 14 };

function buildings(c) {
  return [{
    ...BUILDINGS, id: "buildings",
    paint: {
      "fill-color": c.building,
      "fill-outline-color": ["interpolate", ["linear"], ["zoom"], 14, c.building, 15.5, c.buildingLine],
    },
  }];
}

const level = ["coalesce", ["get", "layer"], 0];
const isTunnel = ["==", ["coalesce", ["get", "tunnel"], false], true];
const isBridge = ["all", ["!", isTunnel], [">", level, 0]];
const isOnGround = ["all", ["!", isTunnel], ["<=", level, 0]];
const order = ["+", ["*", level, 10],
  ["match", ["get", "class"], "motorway", 6, "primary", 5, "secondary", 4, "tertiary", 3, "minor", 2, "service", 1, 0]];
const ROUND = { "line-cap": "round", "line-join": "round" };
const BUTT = { "line-cap": "butt", "line-join": "round" };
const ROAD = { type: "line", source: "basemap", "source-layer": "roads" };

// One storey of streets: edges below, then surfaces, then what only feet use.
function storey(c, name, where) {
  const bridge = name === "bridge";
  const edge = { "line-color": bridge ? c.bridge : roadColour(c, true), "line-width": roadWidth(true) };
  return [
    {
      ...ROAD, id: `${name}-squares`, filter: ["all", where, isClass("pedestrian")], layout: ROUND,
      paint: { "line-color": c.pedestrian, "line-width": byZoom(13, 1.5, 16, 6, 20, 24) },
    },
    {
      ...ROAD, id: `${name}-edges`, filter: ["all", where, isClass(...ROAD_CLASSES)],
      minzoom: bridge ? 13 : 11, layout: { ...(bridge ? BUTT : ROUND), "line-sort-key": order },
      paint: edge,
    },
    {
      ...ROAD, id: `${name}-roads`, filter: ["all", where, isClass(...ROAD_CLASSES)],
      layout: { ...ROUND, "line-sort-key": order },
      paint: { "line-color": roadColour(c, false), "line-width": roadWidth(false) },
    },
    {
      ...ROAD, id: `${name}-pavements`, filter: ["all", where, isClass("sidewalk")], minzoom: 16,
      layout: BUTT,
      paint: { "line-color": c.footway, "line-opacity": 0.7, "line-width": byZoom(16, 0.8, 20, 3), "line-dasharray": [1.5, 1] },
    },
    {
      ...ROAD, id: `${name}-path-beds`, filter: ["all", where, isClass("path", "steps")], minzoom: 15,
      layout: ROUND,
      paint: { "line-color": c.halo, "line-opacity": 0.75, "line-width": byZoom(15, 2, 16, 3.4, 20, 10) },
    },
    {
      ...ROAD, id: `${name}-paths`, filter: ["all", where, isClass("path")], minzoom: 14,
      layout: BUTT,
      paint: { "line-color": c.footway, "line-width": byZoom(14, 0.6, 16, 1.4, 20, 5), "line-dasharray": [2.5, 1.5] },
    },
    {
      ...ROAD, id: `${name}-crossings`, filter: ["all", where, isClass("crossing")], minzoom: 16,
      paint: { "line-color": c.crossing, "line-width": byZoom(16, 2, 18, 6, 20, 16), "line-dasharray": [0.4, 0.4] },
    },
    {
      ...ROAD, id: `${name}-steps`, filter: ["all", where, isClass("steps", "lift")], minzoom: 14,
      paint: { "line-color": c.steps, "line-width": byZoom(14, 1.4, 16, 3.6, 20, 14), "line-dasharray": [0.35, 0.25] },
    },
  ];
}

// What runs below the ground is only hinted at, below the houses.
function tunnels(c) {
  return [
    {
      ...ROAD, id: "tunnel-edges", filter: ["all", isTunnel, isClass(...ROAD_CLASSES)], minzoom: 12,
      layout: BUTT,
      paint: { "line-color": roadColour(c, true), "line-opacity": 0.6, "line-width": roadWidth(true), "line-dasharray": [1.2, 0.8] },
    },
    {
      ...ROAD, id: "tunnel-roads", filter: ["all", isTunnel, isClass(...ROAD_CLASSES)],
      layout: BUTT,
      paint: { "line-color": c.ground, "line-width": roadWidth(false) },
    },
    {
      ...ROAD, id: "tunnel-tints", filter: ["all", isTunnel, isClass(...ROAD_CLASSES)],
      layout: BUTT,
      paint: { "line-color": roadColour(c, false), "line-opacity": 0.45, "line-width": roadWidth(false) },
    },
    {
      ...ROAD, id: "tunnel-paths", filter: ["all", isTunnel, isClass("path", "pedestrian", "sidewalk")], minzoom: 15,
      layout: BUTT,
      paint: { "line-color": c.footway, "line-opacity": 0.45, "line-width": byZoom(15, 0.8, 20, 4), "line-dasharray": [1, 1.5] },
    },
  ];
}

function railways(c) {
  const rail = { type: "line", source: "basemap", "source-layer": "lines", filter: ["==", ["get", "kind"], "railway"] };
  return [
    { ...rail, id: "railways", paint: { "line-color": c.railway, "line-width": byZoom(9, 0.6, 14, 1, 18, 2.6) } },
    {
      ...rail, id: "sleepers", minzoom: 14,
      paint: { "line-color": c.railway, "line-width": byZoom(14, 2.6, 18, 8), "line-dasharray": [0.25, 2.2] },
    },
  ];
}

function streets(c) {
  return [
    ...tunnels(c),
    ...buildings(c),
    ...storey(c, "ground", isOnGround),
    ...railways(c),
    ...storey(c, "bridge", isBridge),
  ];
}

const isKind = (...names) => ["in", ["get", "kind"], ["literal", names]];

function labels(c, language) {
  const halo = { "text-halo-color": c.halo, "text-halo-width": 1.6 };
  const name = { type: "symbol", source: "basemap", "source-layer": "labels" };
  const text = { "text-field": named(language), "text-font": FONT, "text-max-width": 8 };
  return [
    {
      id: "road-names", type: "symbol", source: "basemap", "source-layer": "roads", minzoom: 13,
      filter: ["all", isClass(...ROAD_CLASSES, "pedestrian"),
        ["any", [">=", ["zoom"], 15], isClass("motorway", "primary", "secondary", "tertiary")]],
      layout: {
        "symbol-placement": "line", "text-field": named(language), "text-font": FONT,
        "text-size": byZoom(13, 11, 17, 14), "text-max-angle": 35, "symbol-spacing": 380,
        "symbol-sort-key": ["match", ["get", "class"], "motorway", 0, "primary", 1, "secondary", 2, "tertiary", 3, 4],
      },
      paint: { "text-color": c.minorText, ...halo },
    },
    {
      id: "path-names", type: "symbol", source: "basemap", "source-layer": "roads", minzoom: 17,
      filter: isClass("path", "steps"),
      layout: {
        "symbol-placement": "line", "text-field": ["coalesce", named(language), ""], "text-font": FONT,
        "text-size": 11, "text-max-angle": 35, "symbol-spacing": 300,
      },
      paint: { "text-color": c.footway, ...halo },
    },
    {
      id: "house-numbers", type: "symbol", source: "basemap", "source-layer": "buildings", minzoom: 16.8,
      layout: { "text-field": ["coalesce", ["get", "housenumber"], ""], "text-font": FONT, "text-size": 11 },
      paint: { "text-color": c.minorText, "text-halo-color": c.building, "text-halo-width": 1 },
    },
    {
      ...name, id: "ground-names", minzoom: 12,
      filter: isKind("park_name", "wood_name", "square_name"),
      layout: { ...text, "text-size": byZoom(12, 10.5, 17, 13) },
      paint: { "text-color": c.parkText, ...halo },
    },
    {
      ...name, id: "water-names", filter: isKind("water_name"),
      layout: { ...text, "text-size": byZoom(10, 11, 17, 14), "text-letter-spacing": 0.08 },
      paint: { "text-color": c.waterText, "text-halo-color": c.water, "text-halo-width": 1.2 },
    },
    {
      ...name, id: "peaks", minzoom: 12, filter: isKind("peak"),
      layout: { ...text, "text-field": ["concat", "▲\n", named(language)], "text-size": 11 },
      paint: { "text-color": c.minorText, ...halo },
    },
    {
      ...name, id: "quarters", minzoom: 12, maxzoom: 16.5,
      filter: isKind("suburb", "borough", "quarter", "neighbourhood", "hamlet"),
      layout: {
        ...text, "text-size": byZoom(12, 11, 15, 14), "text-letter-spacing": 0.06,
        "text-padding": 12,
      },
      paint: { "text-color": c.minorText, ...halo },
    },
    {
      ...name, id: "settlements", maxzoom: 14.5, filter: isKind("city", "town", "village"),
      layout: {
        ...text, "text-padding": 10,
        "text-size": byZoom(6, ["match", ["get", "kind"], "city", 14, 11], 13, ["match", ["get", "kind"], "city", 22, "town", 16, 13]),
        "symbol-sort-key": ["match", ["get", "kind"], "city", 0, "town", 1, 2],
      },
      paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 2 },
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
        "icon-image": ["step", ["zoom"],
          ["match", wordOf, "unknown", "dot-unknown", ["concat", "word-", wordOf]],
          16.5, ["concat", "word-", wordOf]],
        "icon-allow-overlap": true,
        // What nobody knows yet stays a dot until one looks at single houses.
        "icon-size": ["interpolate", ["linear"], ["zoom"],
          14, ["match", wordOf, "unknown", 0.42, 0.75],
          16, ["match", wordOf, "unknown", 0.75, 1],
          18, ["match", wordOf, "unknown", 0.9, 1.15]],
        "symbol-sort-key": wordRank,
        "text-field": ["step", ["zoom"], "",
          16, ["match", wordOf, "unknown", "", ["coalesce", named(language), ""]],
          16.7, ["coalesce", named(language), ""]],
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
