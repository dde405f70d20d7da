/* Runs in a page: what a reader could not read there, in a line each. The window must be as high as the page. */
(() => {
  const LEAST_TEXT = 4.5;
  const LEAST_PICTURE = 3;
  const LEAST_PIXELS = 10;
  const OVERLAP = 1.5;
  const quoted = (text) => `"${text.trim().slice(0, 40)}"`;
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? ['0', '0', '0', '0']).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
  };
  const over = (front, alpha, back) => back.map((value, i) => alpha * front[i] + (1 - alpha) * value);
  /** What an element paints behind a text, with its opacity. */
  const painted = (element) => {
    const style = getComputedStyle(element);
    const isShape = element instanceof SVGElement && element.tagName !== 'svg' && element.tagName !== 'text';
    const colour = isShape ? style.fill : style.backgroundColor;
    if (colour === 'none') return null;
    const [r, g, b, alpha = 1] = channels(colour);
    const opacity = alpha * (isShape ? Number(style.fillOpacity) : 1);
    return opacity === 0 ? null : { colour: [r, g, b], opacity };
  };
  /** The colour that stands behind a point of an element. */
  const behind = (element, x, y) => {
    const stack = document.elementsFromPoint(x, y);
    const own = stack.indexOf(element);
    const layers = (own < 0 ? ancestors(element) : stack.slice(own))
      .map(painted)
      .filter((one) => one !== null);
    const white = [255, 255, 255];
    return layers.reduceRight((back, { colour, opacity }) => over(colour, opacity, back), white);
  };
  const ancestors = (element) => (element === null ? [] : [element, ...ancestors(element.parentElement)]);

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.data.trim() === '' || ['STYLE', 'SCRIPT', 'title'].includes(node.parentElement.tagName))
      continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width > 0) texts.push({ text: node.data, element: node.parentElement, box });
    }
  }

  const faults = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth)
    faults.push(`the page is ${scrollWidth} pixels wide, the window ${clientWidth}`);
  for (const element of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(element);
    const hides = ['hidden', 'clip'].includes(style.overflowX) && !(element instanceof SVGElement);
    if (hides && element.scrollWidth > element.clientWidth)
      faults.push(`cut: ${quoted(element.textContent)}`);
    const isMark = element.matches('i, polyline');
    if (!isMark) continue;
    const box = element.getBoundingClientRect();
    const colour = element.tagName === 'polyline' ? style.stroke : style.backgroundColor;
    const ground = behind(element.parentElement, box.left, box.top - 1);
    const ratio = contrast(channels(colour).slice(0, 3), ground);
    if (ratio < LEAST_PICTURE) faults.push(`a mark has a contrast of ${ratio.toFixed(2)}: ${colour}`);
  }
  for (const { text, element, box } of texts) {
    const style = getComputedStyle(element);
    const isDrawn = element instanceof SVGElement;
    const scale = isDrawn ? element.getScreenCTM().a : 1;
    const pixels = Number.parseFloat(style.fontSize) * scale;
    if (pixels < LEAST_PIXELS) faults.push(`${quoted(text)} is ${pixels.toFixed(1)} pixels high`);
    if (isDrawn) {
      const frame = element.ownerSVGElement.getBoundingClientRect();
      const isOut = box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1;
      if (isOut || box.bottom > frame.bottom + 1) faults.push(`${quoted(text)} is outside of its picture`);
    }
    const ratio = contrast(
      channels(isDrawn ? style.fill : style.color).slice(0, 3),
      behind(element, (box.left + box.right) / 2, (box.top + box.bottom) / 2),
    );
    if (ratio < LEAST_TEXT) faults.push(`${quoted(text)} has a contrast of ${ratio.toFixed(2)}`);
    const scrolls = ancestors(element).some((one) => getComputedStyle(one).overflowX === 'auto');
    if (!scrolls && (box.left < 0 || box.right > clientWidth + 0.5))
      faults.push(`${quoted(text)} is outside of the window`);
  }
  const sorted = texts.toSorted((a, b) => a.box.top - b.box.top);
  sorted.forEach((one, i) => {
    for (const other of sorted.slice(i + 1)) {
      if (other.box.top > one.box.bottom - OVERLAP) break;
      const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const height = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (width > OVERLAP && height > OVERLAP)
        faults.push(`${quoted(one.text)} lies over ${quoted(other.text)}`);
    }
  });
  return { height: document.documentElement.scrollHeight, texts: texts.length, faults: [...new Set(faults)] };
})();
