//! `demo`: serve with a seeded organization in which customers write by themselves, so that a newcomer sees the product work
//! without any account. Telegram and WhatsApp are played within the process; only this machine can reach it.

mod customers;
mod desk;
mod files;
mod outside;
mod past;
mod script;
mod seed;

use std::net::SocketAddr;

use super::{print_line, serve};
use crate::app::{App, Ground, StartError};
use crate::clock::{Clock, Hand};
use crate::config::Config;
use crate::error::Result;
use crate::inbox::Inbox;
use crate::keys::Keys;
use crate::networks::pretend::Pretend;
use outside::Outside;
use past::Past;
use seed::{Login, People};

pub(super) async fn run(mut config: Config) -> Result<(), StartError> {
    let address = config.bind_addr;
    if !address.ip().is_loopback() {
        return Err(format!(
            "BIND_ADDR {address} can be reached by others, and the demo is open to whoever reaches it: use 127.0.0.1"
        )
        .into());
    }
    let listener = serve::listen(&config).await?;
    let address = listener.local_addr()?;
    let (clock, hand) = Clock::moved();
    let bridge_secret = Keys::load(&config)?.bridge;
    let pretend = Pretend::start(&mut config, bridge_secret.expose(), clock.now()).await?;
    let ground = Ground::lay(config, clock).await?;
    let (login, people) = match seed::people(&ground).await {
        Ok(found) => found,
        Err(error) => {
            ground.database.close().await;
            return Err(error);
        }
    };
    let app = App::build(ground).await?;
    match settle(app.inbox(), &people, &pretend, hand).await {
        Ok(outside) => {
            print_line(&welcome(address, &login, &outside.channels.website.id.to_string()));
            customers::come(outside);
            serve::until_told(app, listener).await
        }
        Err(error) => {
            app.serve(listener, std::future::ready(())).await;
            Err(error.into())
        }
    }
}

/// Makes what is not there yet of the channels and of the customers' past.
async fn settle(inbox: &Inbox, people: &People, pretend: &Pretend, hand: Hand) -> Result<Outside> {
    let channels = seed::channels(inbox, &people.you).await?;
    desk::lay_out(inbox, people).await?;
    let outside = Outside { inbox: inbox.clone(), channels };
    Past { outside: &outside, people, pretend, hand }.play().await?;
    people.go_to_work(inbox).await?;
    Ok(outside)
}

fn welcome(address: SocketAddr, login: &Login, webchat_id: &str) -> String {
    let Login { email, password, colleagues: [anna, mark] } = login;
    format!(
        r#"Switchboard runs with customers who write every few seconds, and answer when you do. Open this:

  address    http://{address}
  login      {email}
  password   {password}
  web chat   http://{address}/webchat/{webchat_id}
             a page on which you are the customer
  colleagues {anna}, {mark}: the same password
  REST       http://{address}/api/docs

An access token, good for 15 minutes, and the newest chats:

  TOKEN=$(curl -s http://{address}/api/auth/login -H 'Content-Type: application/json' \
    -d '{{"email":"{email}","password":"{password}"}}' | sed 's/.*"accessToken":"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $TOKEN" 'http://{address}/api/chats?limit=5'

An answer, to a chat's id:

  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
    http://{address}/api/messages/send -d '{{"chatId":"CHAT","content":"Hello!"}}'

What happens, live (npm install socket.io-client; with the TOKEN of above):

  TOKEN=$TOKEN node -e '
    const socket = require("socket.io-client")("http://{address}", {{ auth: {{ token: process.env.TOKEN }} }});
    socket.on("message:new", (message) => console.log(message.senderName, "|", message.content));
    socket.on("connect_error", (error) => console.error(error.message));'

Ctrl-C ends it. What was written stays in DATA_DIR for the next time."#
    )
}
