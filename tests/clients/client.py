"""A python-socketio client on a leash; speaks the same JSON lines as client.mjs."""

import asyncio
import json
import sys

import socketio

options = json.loads(sys.argv[1])
namespace = options["namespace"] or "/"
seen = {"cursor": None}
again = {}
client = socketio.AsyncClient(reconnection=False)


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


@client.on("connect", namespace=namespace)
async def connected():
    say(kind="connect", transport=client.transport())


@client.on("disconnect", namespace=namespace)
async def disconnected(reason=None):
    say(kind="disconnect", reason=str(reason))
    if options.get("reconnection"):
        again["task"] = asyncio.create_task(connect_again())


@client.on("*", namespace=namespace)
async def event(name, *args):
    if args and isinstance(args[0], dict) and isinstance(args[0].get("cursor"), str):
        seen["cursor"] = args[0]["cursor"]
    say(kind="event", name=name, args=args)


@client.on("connect_error", namespace=namespace)
async def refused(data=None):
    say(kind="connect_error", message=data["message"] if isinstance(data, dict) else str(data))


async def connect():
    auth = dict(options.get("auth") or {})
    if options.get("resume") and seen["cursor"]:
        auth["cursor"] = seen["cursor"]
    try:
        await client.connect(
            options["url"],
            namespaces=[namespace],
            auth=auth,
            transports=options["transports"],
            headers=options.get("headers") or {},
        )
    except socketio.exceptions.ConnectionError:
        pass  # told by connect_error


async def connect_again():
    """The library's own reconnection hands over the first `auth` for ever: a cursor has to be the newest."""
    while not client.connected:
        await asyncio.sleep(0.1)
        await connect()


async def obey(command):
    match command["do"]:
        case "emit":
            number = command["id"]
            await client.emit(
                command["event"],
                tuple(command["args"]),
                namespace=namespace,
                callback=lambda *args: say(kind="ack", id=number, args=args),
            )
        case "connect":
            options["auth"] = command.get("auth") or options.get("auth")
            await connect()
        case "disconnect":
            await client.disconnect()
        case "drop":
            await client.eio.ws.close() if client.transport() == "websocket" else await client.eio.disconnect()


async def main():
    await connect()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await obey(json.loads(line))


asyncio.run(main())
