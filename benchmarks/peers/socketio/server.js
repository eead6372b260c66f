// A chat server on Socket.IO: everybody is in one room, and whatever is posted goes to all. There is no log-in, no
// database, and nothing is kept: what is left of a server that people write when there is nothing to decide.
const http = require("node:http");
const { Server } = require("socket.io");

const server = http.createServer((request, response) => {
  if (request.url.startsWith("/socket.io/")) return;
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    for (const event of JSON.parse(Buffer.concat(parts))) io.to("everybody").emit("news", event);
    response.writeHead(201, { "Content-Length": 0 }).end();
  });
});
const io = new Server(server, { transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => socket.join("everybody"));
server.listen({ host: "127.0.0.1", port: 0, backlog: 2048 }, () => {
  console.log(JSON.stringify(`http://127.0.0.1:${server.address().port}`));
});
