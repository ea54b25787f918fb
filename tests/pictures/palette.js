// A picture in few colours: the most frequent ones stay, every other becomes its nearest neighbour.
const [encoded, most, done] = arguments;
const image = new Image();
image.onload = () => {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const pixels = new Uint32Array(data.length / 4);
  const seen = new Map();
  for (let at = 0; at < pixels.length; at += 1) {
    const colour = (data[4 * at] & 0xfc) << 16 | (data[4 * at + 1] & 0xfc) << 8 | (data[4 * at + 2] & 0xfc);
    pixels[at] = colour;
    seen.set(colour, (seen.get(colour) ?? 0) + 1);
  }
  const ranked = [...seen.keys()].sort((one, other) => seen.get(other) - seen.get(one) || one - other);
  const kept = ranked.slice(0, most);
  const places = new Map(kept.map((colour, place) => [colour, place]));
  const apart = (one, other) => [16, 8, 0].reduce((sum, bits) => sum + ((one >> bits & 255) - (other >> bits & 255)) ** 2, 0);
  for (const colour of ranked.slice(most)) {
    const near = kept.reduce((best, each) => (apart(colour, each) < apart(colour, best) ? each : best));
    places.set(colour, places.get(near));
  }
  const full = (part) => part | part >> 6;
  const palette = kept.flatMap((colour) => [16, 8, 0].map((bits) => full(colour >> bits & 255)));
  let indices = '';
  for (const pixel of pixels) indices += String.fromCharCode(places.get(pixel));
  done({ width: image.width, height: image.height, palette, indices: btoa(indices) });
};
image.src = `data:image/png;base64,${encoded}`;
