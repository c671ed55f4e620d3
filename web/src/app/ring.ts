// The sound of a new message: two short tones, made here. Browsers let a page sound only after the user has touched it.
const NOTES_HZ = [660, 880];
const NOTE_SECS = 0.12;
const LOUDNESS = 0.12;
/** A burst of messages rings once. */
const QUIET_MS = 2_000;

let context: AudioContext | null = null;
let last = Number.NEGATIVE_INFINITY;

/** Makes the sound possible; call it when the user clicks or presses a key. Resolves when it is. */
export async function unlockSound(): Promise<void> {
  if (!("AudioContext" in window)) return;
  context ??= new AudioContext();
  if (context.state === "suspended") await context.resume();
}

export function ring(): void {
  const now = performance.now();
  if (context?.state !== "running" || now - last < QUIET_MS) return;
  last = now;
  for (const [at, hertz] of NOTES_HZ.entries()) {
    const start = context.currentTime + at * NOTE_SECS;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(LOUDNESS, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECS * 2);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE_SECS * 2);
  }
}
