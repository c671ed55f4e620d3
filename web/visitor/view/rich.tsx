// A text as people wrote it, with its links; only ever as text.
import { linkify } from "../text";

export function Rich({ text }: { text: string }) {
  return (
    <>
      {/* biome-ignore-start lint/suspicious/noArrayIndexKey: a part is its place in the text */}
      {linkify(text).map(({ text, href }, index) =>
        href ? (
          <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {text}
          </a>
        ) : (
          text
        ),
      )}
      {/* biome-ignore-end lint/suspicious/noArrayIndexKey: as above */}
    </>
  );
}
