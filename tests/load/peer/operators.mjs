// The operators' side of both peers: proves tokens, joins rooms, welcomes.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Server } from "socket.io";

const proven = (token) => {
  const [header, payload, signature] = String(token).split(".");
  const expected = createHmac("sha256", process.env.JWT_SECRET).update(`${header}.${payload}`).digest();
  if (!same(expected, Buffer.from(signature ?? "", "base64url"))) throw new Error("Invalid token");
  const claims = JSON.parse(Buffer.from(payload, "base64url"));
  if (claims.exp * 1_000 < Date.now()) throw new Error("Token expired");
  return claims;
};

export const same = (expected, given) => expected.length === given.length && timingSafeEqual(expected, given);

/** Sockets of operators on a server; each hears its organization's room. */
export const welcome = (http) => {
  http.keepAliveTimeout = 60_000;
  const io = new Server(http, { transports: ["websocket"], serveClient: false, pingInterval: 25_000, pingTimeout: 60_000 });
  io.use((socket, next) => {
    try {
      socket.data.user = proven(socket.handshake.auth.token);
      next();
    } catch (error) {
      next(error);
    }
  });
  io.on("connection", (socket) => {
    const { userId, organizationId } = socket.data.user;
    socket.join([`org_${organizationId}`, `user_${userId}`]);
    socket.emit("connected", { socketId: socket.id, userId, timestamp: new Date().toISOString() });
    socket.emit("sync:required", { userId, reason: "connection_established", timestamp: new Date().toISOString() });
  });
  return io;
};
