/** A short, soft sound of two notes, made here: nothing is fetched. */

const notesHz = [659.25, 880] as const;
const noteS = 0.16;
const gain = 0.08;
let context: AudioContext | undefined;

/** Plays it, unless the browser forbids sound because nobody has touched the page yet. */
export async function playChime(): Promise<void> {
  if (typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  if (context.state === "suspended") await context.resume();
  const audio = context;
  for (const [index, hz] of notesHz.entries()) playNote(audio, hz, audio.currentTime + index * noteS);
}

function playNote(audio: AudioContext, hz: number, at: number): void {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = hz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(gain, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 2 * noteS);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 2 * noteS);
}
