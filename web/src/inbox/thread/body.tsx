// What a message says, by its type.
import type { Message } from "../../api/types";
import { Choice, FilledTemplate, People, Place, Share, Unsupported } from "./cards";
import { Files } from "./files";
import { Text } from "./text";

export function Body({ message }: { message: Message }) {
  return (
    <>
      {message.attachments.length > 0 && <Files message={message} />}
      <Said message={message} />
    </>
  );
}

function Said({ message }: { message: Message }) {
  switch (message.type) {
    case "location":
      return <Place {...message} />;
    case "contacts":
      return <People {...message} />;
    case "interactive":
      return <Choice {...message} />;
    case "template":
      return <FilledTemplate {...message} />;
    case "profile_share":
    case "post_share":
    case "booking_proposal":
      return <Share {...message} />;
    case "unsupported":
      return <Unsupported {...message} />;
    default:
      return message.content ? (
        <div className={message.attachments.length > 0 ? "mt-1 max-w-80" : undefined}>
          <Text text={message.content} entities={message.metadata.entities} />
        </div>
      ) : null;
  }
}
