//! The harness itself, so that a red test speaks of the product.

use crate::support::shared;

#[tokio::test]
async fn a_server_is_ready_and_an_administrator_can_ask_who_he_is() {
    let server = shared().await;
    let admin = server.admin().await;
    let me = admin.get("/api/me").await.ok();
    assert_eq!(me["id"], admin.user_id.as_str());
    server.anonymous().get("/api/me").await.refused(401, "UNAUTHORIZED");
}
