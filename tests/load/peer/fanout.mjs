// The peer of the fan-out: saves each published event in PostgreSQL and only then tells it. Bare Node in front, since a framework
// would only cost.
//
// Environment: PORT, DATABASE_URL, JWT_SECRET.
import { createServer } from "node:http";
import pg from "pg";
import { welcome } from "./operators.mjs";

const { PORT, DATABASE_URL } = process.env;
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
    io.to("org_1").emit(event, { ...data, eventId: saved.rows[0].id });
    const answer = JSON.stringify({ eventId: saved.rows[0].id });
    response.writeHead(201, { "content-type": "application/json", "content-length": answer.length }).end(answer);
  });
});
const io = welcome(http);
http.listen(Number(PORT), "127.0.0.1", 4_096);
