// Marks drawn on canvases: the four words by shape, doors, obstacles, and rings of shares.

const SIZE = 26;
const RATIO = 2;

function canvas(size) {
  const surface = document.createElement("canvas");
  surface.width = surface.height = size * RATIO;
  const pen = surface.getContext("2d", { willReadFrequently: true });
  pen.scale(RATIO, RATIO);
  pen.lineCap = pen.lineJoin = "round";
  return pen;
}

function finish(pen, size) {
  return pen.getImageData(0, 0, size * RATIO, size * RATIO);
}

const OUTLINES = {
  yes: (pen) => pen.arc(13, 13, 10, 0, 2 * Math.PI),
  with_help: (pen) => { pen.moveTo(13, 2.5); pen.lineTo(24, 22.5); pen.lineTo(2, 22.5); pen.closePath(); },
  no: (pen) => pen.rect(3.5, 3.5, 19, 19),
  unknown: (pen) => pen.arc(13, 13, 8, 0, 2 * Math.PI),
};
const SIGNS = {
  yes: "M8 13.4l3.4 3.5 6.6-7.4",
  with_help: "M13 9.5v6.4M13 19.2v.2",
  no: "M9 9l8 8m0-8l-8 8",
  unknown: "M10.6 11.2c.2-1.5 1.2-2.2 2.5-2.2 1.4 0 2.4.8 2.4 2.1 0 1.8-2.4 1.9-2.4 3.7M13 17.4v.3",
};

function drawWord(word, c) {
  const pen = canvas(SIZE);
  pen.beginPath();
  OUTLINES[word](pen);
  pen.lineWidth = 4;
  pen.strokeStyle = c.halo;
  pen.stroke();
  pen.fillStyle = word === "unknown" ? c.halo : c[word];
  pen.fill();
  pen.lineWidth = word === "unknown" ? 2 : 2.4;
  if (word === "unknown") {
    pen.strokeStyle = c.unknown;
    pen.stroke();
  }
  pen.strokeStyle = word === "unknown" ? c.unknown : c.mark;
  pen.stroke(new Path2D(SIGNS[word]));
  return finish(pen, SIZE);
}

function drawDot(c) {
  const pen = canvas(SIZE);
  pen.beginPath();
  pen.arc(13, 13, 4, 0, 2 * Math.PI);
  pen.lineWidth = 3;
  pen.strokeStyle = c.halo;
  pen.stroke();
  pen.fillStyle = c.unknown;
  pen.fill();
  return finish(pen, SIZE);
}

function drawEntrance(c) {
  const pen = canvas(SIZE);
  pen.lineWidth = 2;
  pen.fillStyle = c.entrance;
  pen.strokeStyle = c.halo;
  pen.beginPath();
  pen.rect(8, 5, 10, 16);
  pen.stroke();
  pen.fill();
  pen.fillStyle = c.halo;
  pen.beginPath();
  pen.arc(15.4, 13.4, 1.3, 0, 2 * Math.PI);
  pen.fill();
  return finish(pen, SIZE);
}

function drawBarrier(c) {
  const pen = canvas(SIZE);
  pen.fillStyle = c.barrier;
  pen.strokeStyle = c.halo;
  pen.lineWidth = 2.5;
  pen.beginPath();
  pen.moveTo(13, 2); pen.lineTo(24, 13); pen.lineTo(13, 24); pen.lineTo(2, 13); pen.closePath();
  pen.stroke();
  pen.fill();
  pen.strokeStyle = c.mark;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.moveTo(8, 13); pen.lineTo(18, 13);
  pen.stroke();
  return finish(pen, SIZE);
}

const RING = 44;
const TWELFTH = Math.PI / 6;

// Shares in twelfths: yes, with help, no; what is left is not known. Each part is set off by a gap
// and its own width, so that it can be told apart without colour.
function drawShares(shares, c) {
  const pen = canvas(RING);
  const middle = RING / 2;
  pen.beginPath();
  pen.arc(middle, middle, 20, 0, 2 * Math.PI);
  pen.fillStyle = c.clusterFill;
  pen.fill();
  const rest = Math.max(0, 12 - shares.reduce((sum, each) => sum + each, 0));
  const parts = [["yes", shares[0], 7], ["with_help", shares[1], 5], ["no", shares[2], 3.4], ["unknown", rest, 1.6]];
  let angle = -Math.PI / 2;
  pen.lineCap = "butt";
  for (const [word, count, width] of parts) {
    if (!count) continue;
    const gap = count === 12 ? 0 : 0.06;
    pen.beginPath();
    pen.arc(middle, middle, 20 - width / 2, angle + gap, angle + count * TWELFTH - gap);
    pen.lineWidth = width;
    pen.strokeStyle = c[word];
    pen.stroke();
    angle += count * TWELFTH;
  }
  return finish(pen, RING);
}

export function drawMark(name, c) {
  if (name.startsWith("word-")) return drawWord(name.slice(5), c);
  if (name.startsWith("share-")) return drawShares(name.slice(6).split("-").map(Number), c);
  if (name === "dot-unknown") return drawDot(c);
  if (name === "entrance") return drawEntrance(c);
  if (name === "barrier") return drawBarrier(c);
  return null;
}

export const PIXEL_RATIO = RATIO;
