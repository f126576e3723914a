// Where a telephone sends its place from: a small map to click on, the numbers beside it, known places by name.

import { el } from "./dom.js";

const WIDTH = 300, HEIGHT = 170, MARGIN = 0.25;
const SVG = "http://www.w3.org/2000/svg";

export class PlacePicker {
  constructor(spots, { key, send }) {
    this.spots = spots;
    this.frame = frameOf(spots);
    this.lat = el("input", { type: "number", step: "0.0001", "aria-label": "纬度", "data-testid": `lat-${key}` });
    this.lon = el("input", { type: "number", step: "0.0001", "aria-label": "经度", "data-testid": `lon-${key}` });
    this.name = el("input", { type: "text", placeholder: "地名，可以不写", "aria-label": "地名", "data-testid": `spot-name-${key}` });
    this.map = this.draw();
    this.node = el("form", { class: "places", hidden: true, "data-testid": `places-${key}`, onsubmit: (event) => {
      event.preventDefault();
      send({ lat: Number(this.lat.value), lon: Number(this.lon.value), label: this.name.value.trim() });
    } }, el("p", { text: "在图上点一下，或选一个地方，或写经纬度" }), this.map,
    el("div", { class: "spots" }, ...spots.map((spot) => el("button", { type: "button", text: spot.name, onclick: () => this.choose(spot) }))),
    el("div", { class: "numbers" }, this.lat, this.lon), this.name,
    el("button", { class: "send", type: "submit", text: "发送位置", "data-testid": `send-place-${key}` }));
    if (spots.length) this.choose(spots[0]);
  }

  choose({ name = "", lat, lon }) {
    this.lat.value = lat.toFixed(4);
    this.lon.value = lon.toFixed(4);
    this.name.value = name;
    const { x, y } = this.pointOf({ lat, lon });
    this.pin.setAttribute("cx", x);
    this.pin.setAttribute("cy", y);
  }

  chooseByName(name) {
    const spot = this.spots.find((one) => one.name === name);
    if (spot) this.choose(spot);
  }

  pointOf({ lat, lon }) {
    const { west, east, south, north } = this.frame;
    return { x: ((lon - west) / (east - west)) * WIDTH, y: ((north - lat) / (north - south)) * HEIGHT };
  }

  draw() {
    const map = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map", role: "img", "aria-label": "点一下选位置" });
    for (let line = 1; line < 6; line += 1) {
      map.append(shape("path", { d: `M${(line * WIDTH) / 6} 0V${HEIGHT}M0 ${(line * HEIGHT) / 6}H${WIDTH}`, class: "streets" }));
    }
    for (const spot of this.spots) {
      const { x, y } = this.pointOf(spot);
      const label = shape("text", { x, y: y - 6, "text-anchor": x > WIDTH / 2 ? "end" : "start" });
      label.textContent = spot.name;
      map.append(shape("circle", { cx: x, cy: y, r: 3, class: "spot" }), label);
    }
    this.pin = shape("circle", { r: 6, class: "pin" });
    map.append(this.pin);
    map.addEventListener("click", (event) => {
      const box = map.getBoundingClientRect();
      const { west, east, south, north } = this.frame;
      this.choose({
        lon: west + ((event.clientX - box.left) / box.width) * (east - west),
        lat: north - ((event.clientY - box.top) / box.height) * (north - south),
      });
    });
    return map;
  }
}

function frameOf(spots) {
  const lats = spots.map((spot) => spot.lat), lons = spots.map((spot) => spot.lon);
  const [south, north] = spread(Math.min(...lats, 90), Math.max(...lats, -90));
  const [west, east] = spread(Math.min(...lons, 180), Math.max(...lons, -180));
  return { south, north, west, east };
}

function spread(least, most) {
  const room = Math.max(most - least, 0.004) * MARGIN;
  return [least - room, most + room];
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
