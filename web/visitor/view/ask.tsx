// Who are you? Asked once, before the first message, and never insisted on.
import { useState } from "preact/hooks";
import type { AskField } from "../settings";
import type { Visit } from "../visit";
import type { Words } from "../words";

export function Ask({ visit, words }: { visit: Visit; words: Words }) {
  const [said, setSaid] = useState<Record<AskField, string>>({ name: "", email: "" });
  const [wrong, setWrong] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);

  const introduce = async (person: Partial<Record<AskField, string>>) => {
    setBusy(true);
    setWrong(await visit.introduce(person));
    setBusy(false);
  };
  const check = () => {
    const given = Object.entries(said).filter(([, value]) => value.trim());
    const email = said.email.trim();
    if (email && !/^\S+@\S+$/.test(email)) setWrong(["email"]);
    else void introduce(Object.fromEntries(given));
  };

  return (
    <form
      class="ask"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        check();
      }}
    >
      <h2>{words.askTitle}</h2>
      <p>{words.askMore}</p>
      {visit.settings.ask.map((field) => {
        const trouble = wrong.includes(field) && (field === "email" ? words.badEmail : words.badName);
        return (
          <label key={field}>
            <span>{words[field]}</span>
            <input
              type="text"
              inputMode={field === "email" ? "email" : "text"}
              name={field}
              autocomplete={field}
              maxLength={field === "name" ? 200 : 254}
              value={said[field]}
              aria-invalid={Boolean(trouble)}
              aria-describedby={trouble ? `wrong-${field}` : undefined}
              onInput={({ currentTarget }) => setSaid({ ...said, [field]: currentTarget.value })}
            />
            {trouble && (
              <small class="wrong" id={`wrong-${field}`} role="alert">
                {trouble}
              </small>
            )}
          </label>
        );
      })}
      <button type="submit" class="wide" disabled={busy}>
        {words.start}
      </button>
      <button type="button" class="wide quiet" disabled={busy} onClick={() => void introduce({})}>
        {words.skip}
      </button>
    </form>
  );
}
