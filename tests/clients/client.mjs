// A socket.io-client on a leash: JSON lines tell it what to do, JSON lines say what it saw.
//
// argv[2]: {url, namespace, auth, transports, headers?, reconnection?, resume?}
//   resume: true hands the last cursor it saw over at each connect
// stdin:   {do: "emit", id, event, args} | {do: "connect", auth?} | {do: "disconnect"} | {do: "drop"}
// stdout:  {kind: "connect"} | {kind: "connect_error", message} | {kind: "disconnect", reason}
//          | {kind: "event", name, args} | {kind: "ack", id, args}
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const options = JSON.parse(process.argv[2]);
let cursor;

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const socket = io(options.url + options.namespace, {
  auth: (give) => give(options.resume && cursor ? { ...options.auth, cursor } : (options.auth ?? {})),
  transports: options.transports,
  extraHeaders: options.headers,
  reconnection: options.reconnection ?? false,
  reconnectionDelay: 50,
  reconnectionDelayMax: 250,
  forceNew: true,
});

socket.on("connect", () => say({ kind: "connect", transport: socket.io.engine.transport.name }));
socket.on("connect_error", (error) => say({ kind: "connect_error", message: error.message }));
socket.on("disconnect", (reason) => say({ kind: "disconnect", reason }));
socket.onAny((name, ...args) => {
  if (typeof args[0]?.cursor === "string") cursor = args[0].cursor;
  say({ kind: "event", name, args });
});

const lines = createInterface({ input: process.stdin });
lines.on("close", () => process.exit(0));
lines.on("line", (line) => {
  const command = JSON.parse(line);
  switch (command.do) {
    case "emit":
      socket.emit(command.event, ...command.args, (...args) => say({ kind: "ack", id: command.id, args }));
      break;
    case "connect":
      if (command.auth) options.auth = command.auth;
      socket.connect();
      break;
    case "disconnect":
      socket.disconnect();
      break;
    case "drop":
      // the connection breaks without a goodbye
      socket.io.engine.close();
      break;
  }
});
