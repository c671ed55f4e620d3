// The peer of the fan-out benchmark: what a competent team would write on socket.io 4.8. It proves tokens, joins rooms, saves
// each published event in PostgreSQL and only then tells it.
//
// Environment: PORT, DATABASE_URL, JWT_SECRET.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import pg from "pg";
import { Server } from "socket.io";

const { PORT, DATABASE_URL, JWT_SECRET } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
await pool.query(
  "create table if not exists peer_events (id bigserial primary key, room text not null, event text not null, data json not null, created_at timestamptz not null default now())",
);

const http = createServer((request, response) => {
  if (request.method !== "POST" || request.url !== "/api/events") {
    response.writeHead(request.url === "/health/ready" ? 200 : 404).end();
    return;
  }
  let text = "";
  request.on("data", (part) => (text += part));
  request.on("end", async () => {
    const { room, event, data } = JSON.parse(text);
    const saved = await pool.query({
      name: "save",
      text: "insert into peer_events (room, event, data) values ($1, $2, $3) returning id",
      values: [room, event, JSON.stringify(data)],
    });
    io.to("org").emit(event, { ...data, eventId: saved.rows[0].id });
    const answer = JSON.stringify({ eventId: saved.rows[0].id });
    response.writeHead(201, { "content-type": "application/json", "content-length": answer.length }).end(answer);
  });
});
http.keepAliveTimeout = 60_000;

const io = new Server(http, { transports: ["websocket"], serveClient: false, pingInterval: 25_000, pingTimeout: 60_000 });

const proven = (token) => {
  const [header, payload, signature] = String(token).split(".");
  const expected = createHmac("sha256", JWT_SECRET).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature ?? "", "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error("Invalid token");
  return JSON.parse(Buffer.from(payload, "base64url"));
};

io.use((socket, next) => {
  try {
    socket.data.user = proven(socket.handshake.auth.token);
    next();
  } catch (error) {
    next(error);
  }
});
io.on("connection", (socket) => {
  const { userId } = socket.data.user;
  socket.join(["org", `user_${userId}`]);
  socket.emit("connected", { socketId: socket.id, userId, timestamp: new Date().toISOString() });
  socket.emit("sync:required", { userId, reason: "connection_established", timestamp: new Date().toISOString() });
});

http.listen(Number(PORT), "127.0.0.1", 4_096);
