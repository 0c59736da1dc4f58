/** Functions that run in the page: each stands alone. */

/** From the bitmap's arrival to the frame after the first picture of it, in milliseconds. */
export async function firstPicture(): Promise<number> {
  const arrived = performance.getEntriesByName('bitmap-arrived').at(-1)!.startTime;
  for (;;) {
    await new Promise(requestAnimationFrame);
    const canvas = document.querySelector<HTMLElement>('.heatmap-map canvas');
    if (Number(canvas?.dataset['paints'] ?? 0) > 0) return performance.now() - arrived;
  }
}

/** One value per frame, in milliseconds. */
export interface Frames {
  /** Handling of the input, rendering of the page, style and layout. */
  readonly mainMs: readonly number[];
  /** From the input to the picture that answers it. */
  readonly pictureMs: readonly number[];
}

/** Zooms in, pans and zooms out, one wheel event a frame. */
export async function drive(frames: number): Promise<Frames> {
  const map = document.querySelector<HTMLElement>('.heatmap-map')!;
  const canvas = map.querySelector('canvas')!;
  const box = map.getBoundingClientRect();
  const mainMs: number[] = [];
  const pictureMs: number[] = [];
  const channel = new MessageChannel();
  const turn = (deltaY: number, shiftKey: boolean): void => {
    const clientX = box.left + box.width / 2;
    const clientY = box.top + box.height / 3;
    map.dispatchEvent(
      new WheelEvent('wheel', { deltaY, shiftKey, clientX, clientY, bubbles: true, cancelable: true }),
    );
  };
  const step = (deltaY: number, shiftKey: boolean): Promise<void> =>
    new Promise((resolve) => {
      requestAnimationFrame(() => {
        const started = performance.now();
        const paints = canvas.dataset['paints'];
        turn(deltaY, shiftKey);
        // The message is delivered once the frame has been rendered.
        channel.port1.onmessage = () => {
          mainMs.push(performance.now() - started);
          const wait = (): void => {
            if (canvas.dataset['paints'] !== paints) {
              pictureMs.push(performance.now() - started);
              resolve();
            } else if (performance.now() - started > 1000) resolve();
            else setTimeout(wait);
          };
          wait();
        };
        channel.port2.postMessage(undefined);
      });
    });
  for (let frame = 0; frame < frames; frame++) await step(-40, false);
  for (let frame = 0; frame < frames; frame++) await step(frame % 20 < 10 ? 30 : -30, true);
  for (let frame = 0; frame < frames; frame++) await step(40, false);
  return { mainMs, pictureMs };
}

/** What a map without an index does for every picture: looks at each block and draws each that changed. */
export async function drawEveryBlock(): Promise<number> {
  const { bitmap } = window.stage;
  const map = document.querySelector<HTMLElement>('.heatmap-map')!;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [map.clientWidth, map.clientHeight];
  const context = canvas.getContext('2d')!;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const cell = Math.max(1, Math.floor(Math.sqrt((canvas.width * canvas.height) / bitmap.blocks)));
  const columns = Math.floor(canvas.width / cell);
  const perCell = Math.ceil(bitmap.blocks / (columns * Math.floor(canvas.height / cell)));
  const started = performance.now();
  context.fillStyle = 'yellow';
  for (let block = 0; block < bitmap.blocks; block++) {
    if (!bitmap.has(block)) continue;
    const at = Math.floor(block / perCell);
    context.fillRect((at % columns) * cell, Math.floor(at / columns) * cell, cell, cell);
  }
  // Drawing is only over when its pixels can be read.
  context.getImageData(0, 0, 1, 1);
  return performance.now() - started;
}
