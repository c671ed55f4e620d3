// Plays voice messages and sounds: one at a time, also while its message is scrolled away.
import { createStore } from "../../live/store";

export interface Playing {
  /** The attachment. */
  id: string | null;
  state: "paused" | "playing" | "failed";
  /** Seconds. */
  time: number;
  /** As the browser found it; 0 until it knows. */
  duration: number;
  rate: number;
}

export const player = createStore<Playing>({ id: null, state: "paused", time: 0, duration: 0, rate: 1 });

let sound: HTMLAudioElement | null = null;

const tell = (part: Partial<Playing>) => player.update((now) => ({ ...now, ...part }));

function soundOf(): HTMLAudioElement {
  if (sound) return sound;
  const made = new Audio();
  made.preload = "auto";
  made.ontimeupdate = () => tell({ time: made.currentTime });
  made.ondurationchange = () => tell({ duration: Number.isFinite(made.duration) ? made.duration : 0 });
  made.onplay = () => tell({ state: "playing" });
  made.onpause = () => tell({ state: "paused" });
  made.onended = () => {
    made.currentTime = 0;
    tell({ state: "paused", time: 0 });
  };
  made.onerror = () => made.src && tell({ state: "failed" });
  sound = made;
  return made;
}

function take(id: string, url: string): HTMLAudioElement {
  const made = soundOf();
  if (player.get().id !== id) {
    made.src = url;
    tell({ id, state: "paused", time: 0, duration: 0 });
  }
  made.playbackRate = player.get().rate;
  return made;
}

export function toggle(id: string, url: string): void {
  const made = take(id, url);
  if (!made.paused) return made.pause();
  // a file that cannot be played says so by its error
  made.play().catch(() => made.error && tell({ state: "failed" }));
}

export function seek(id: string, url: string, time: number): void {
  take(id, url).currentTime = time;
  tell({ time });
}

const RATES = [1, 1.5, 2];

export function nextRate(): void {
  const rate = RATES[(RATES.indexOf(player.get().rate) + 1) % RATES.length] ?? 1;
  tell({ rate });
  if (sound) sound.playbackRate = rate;
}

export function stop(): void {
  sound?.pause();
}
