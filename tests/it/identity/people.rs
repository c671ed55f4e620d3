//! Members of an organization: seen by all, added and changed by administrators, told when they look different.

use serde_json::{Value, json};

use crate::support::{Operator, shared, text};

async fn told(server: &crate::support::Server, who: &Operator) -> Vec<Value> {
    let rows: Vec<(String, Vec<String>)> = sqlx::query_as(
        "select data::text, rooms from events
         where organization_id = $1::uuid and event = 'user:profile:updated' order by position",
    )
    .bind(&who.organization_id)
    .fetch_all(&server.pool().await)
    .await
    .unwrap();
    let room = format!("org_{}", who.organization_id);
    assert!(rows.iter().all(|(_, rooms)| *rooms == [room.as_str()]));
    rows.iter().map(|(data, _)| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn a_changed_profile_is_told_once_and_an_unchanged_one_is_not() {
    let server = shared().await;
    let admin = server.admin().await;
    let username = format!("u{}", &admin.user_id.replace('-', "")[12..]);
    let change = json!({"name": " Ann ", "username": username, "avatarUrl": "https://example.com/a.png"});
    let me = admin.patch("/api/me", change.clone()).await.ok();
    assert_eq!((&me["name"], &me["username"]), (&json!("Ann"), &json!(username)));
    assert_eq!(me, admin.get("/api/me").await.ok());
    let expected = json!({"userId": admin.user_id,
        "profile": {"username": username, "avatarUrl": "https://example.com/a.png"}});
    assert_eq!(told(&server, &admin).await, [expected]);
    admin.patch("/api/me", change).await.ok();
    admin.patch("/api/me", json!({})).await.ok();
    assert_eq!(told(&server, &admin).await.len(), 1);
    let cleared = admin.patch("/api/me", json!({"username": null, "avatarUrl": ""})).await.ok();
    assert_eq!((&cleared["username"], &cleared["avatarUrl"]), (&Value::Null, &Value::Null));
    assert_eq!(told(&server, &admin).await.len(), 2);
}

#[tokio::test]
async fn b6_nobody_raises_himself_by_his_profile() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let colleague = admin.colleague("user").await;
    let body = json!({"name": "Bob", "role": "admin", "organizationId": stranger.organization_id, "id": admin.user_id,
        "active": false, "email": "other@example.com", "server_admin": true, "createdAt": "2000-01-01T00:00:00Z"});
    let me = colleague.patch("/api/me", body).await.ok();
    assert_eq!((&me["name"], &me["role"], &me["email"]), (&json!("Bob"), &json!("user"), &json!(colleague.email)));
    assert_eq!(me["id"], colleague.user_id.as_str());
    let path = format!("/api/users/{}", colleague.user_id);
    colleague.patch(&path, json!({"role": "admin"})).await.refused(403, "FORBIDDEN");
    colleague.post("/api/users", json!({})).await.refused(403, "FORBIDDEN");
    stranger.patch(&path, json!({"role": "admin"})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn wrong_fields_are_all_named() {
    let server = shared().await;
    let admin = server.admin().await;
    let body = json!({"name": "", "username": "a b", "avatarUrl": "javascript:alert(1)"});
    let problem = admin.patch("/api/me", body).await.refused(422, "INVALID_DATA");
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "username", "avatarUrl"]);
    let body = json!({"email": "x", "password": "short", "name": "N", "role": "user"});
    admin.post("/api/users", body).await.refused(422, "INVALID_DATA");
    let body = json!({"email": "x@example.com", "password": "long enough", "name": "N", "role": "owner"});
    let problem = admin.post("/api/users", body).await.refused(422, "INVALID_DATA");
    assert_eq!(problem["errors"][0]["field"], "role");
}

#[tokio::test]
async fn the_last_administrator_stays_one_also_when_two_step_down_at_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let down = json!({"role": "user"});
    let own = format!("/api/users/{}", admin.user_id);
    admin.patch(&own, down.clone()).await.refused(409, "CONFLICT");
    admin.patch(&own, json!({"active": false})).await.refused(409, "CONFLICT");
    let second = admin.colleague("admin").await;
    let other = format!("/api/users/{}", second.user_id);
    let (first, second) = tokio::join!(admin.patch(&other, down.clone()), second.patch(&own, down));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert!(matches!(statuses, [200, 403 | 409]), "{statuses:?}");
    let pool = server.pool().await;
    let admins: i64 = sqlx::query_scalar(
        "select count(*) from memberships where organization_id = $1::uuid and role = 'admin' and active",
    )
    .bind(&admin.organization_id)
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(admins, 1);
}

#[tokio::test]
async fn users_are_listed_a_page_at_a_time() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let mut expected = vec![admin.user_id.clone()];
    for _ in 0..4 {
        expected.push(admin.colleague("user").await.user_id);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/users?limit=2&cursor={cursor}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|user| text(&user["id"])));
        let Some(next) = page["nextCursor"].as_str() else { break };
        assert!(next.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        next.clone_into(&mut cursor);
    }
    assert_eq!(seen, expected);
    assert_eq!(stranger.get(&format!("/api/users?cursor={cursor}")).await.items().len(), 0, "ours lead nowhere there");
    for limit in ["-1", "0", "1000000000"] {
        admin.get(&format!("/api/users?limit={limit}")).await.items();
    }
    for wrong in ["cursor=x", "cursor=%F0%9F%98%80", "limit=x", "limit=99999999999999999999"] {
        admin.get(&format!("/api/users?{wrong}")).await.refused(422, "INVALID_DATA");
    }
}

#[tokio::test]
async fn a_list_of_members_says_who_is_shut_out() {
    let server = shared().await;
    let admin = server.admin().await;
    let (bob, eve) = (admin.colleague("user").await, admin.colleague("moderator").await);
    let path = format!("/api/users/{}", eve.user_id);
    let shut_out = admin.patch(&path, json!({"active": false, "name": "Eve"})).await.ok();
    assert_eq!((&shut_out["active"], &shut_out["name"]), (&json!(false), &json!("Eve")));
    let listed = async |query: &str| {
        let items = admin.get(&format!("/api/users{query}")).await.items();
        items.iter().map(|user| (text(&user["email"]), user["active"] == true)).collect::<Vec<_>>()
    };
    let [a, b, e] = [&admin, &bob, &eve].map(|who| who.email.clone());
    assert_eq!(listed("").await, [(a.clone(), true), (b.clone(), true)]);
    assert_eq!(listed("?active=true").await, listed("").await);
    assert_eq!(listed("?active=false").await, [(e.clone(), false)]);
    assert_eq!(listed("?active=all").await, [(a, true), (b, true), (e, false)]);
    admin.get("/api/users?active=maybe").await.refused(422, "INVALID_DATA");
    let back = admin.patch(&path, json!({"active": true, "role": "user", "password": "a new passphrase"})).await.ok();
    assert_eq!((&back["active"], &back["role"]), (&json!(true), &json!("user")));
    assert_eq!(listed("?active=false").await, []);
}

#[tokio::test]
async fn profiles_are_asked_for_in_one_go_and_strangers_are_left_out() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let colleague = admin.colleague("user").await;
    let ids = [&admin.user_id, &colleague.user_id, &stranger.user_id, "junk"].map(String::from).join(",");
    let profiles = admin.get(&format!("/api/users?ids={ids}")).await.ok();
    let seen: Vec<String> = profiles["users"].as_array().unwrap().iter().map(|user| text(&user["id"])).collect();
    assert_eq!(seen, [admin.user_id.clone(), colleague.user_id.clone()]);
    let many = vec![admin.user_id.as_str(); 201].join(",");
    admin.get(&format!("/api/users?ids={many}")).await.refused(422, "INVALID_DATA");
}

#[tokio::test]
async fn emails_and_usernames_are_taken_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let username = text(&colleague.get("/api/me").await.ok()["username"]);
    let new = |email: &str, username: &str| json!({"email": email, "password": "long enough", "name": "N", "role": "user", "username": username});
    admin.post("/api/users", new(&colleague.email.to_uppercase(), "other")).await.refused(409, "CONFLICT");
    let fresh = format!("fresh-{}@example.com", admin.user_id);
    admin.post("/api/users", new(&fresh, &username.to_uppercase())).await.refused(409, "CONFLICT");
    admin.patch("/api/me", json!({"username": username})).await.refused(409, "CONFLICT");
    let path = format!("/api/users/{}", colleague.user_id);
    admin.patch(&path, json!({"email": admin.email})).await.refused(409, "CONFLICT");
    let both = futures::future::join_all((0..4).map(|_| admin.post("/api/users", new(&fresh, "jo")))).await;
    assert_eq!(both.iter().filter(|answer| answer.status == 201).count(), 1);
}

#[tokio::test]
async fn somebody_with_an_account_joins_a_second_organization_by_its_password_and_names_one_to_log_in() {
    let server = shared().await;
    let (ours, theirs) = (server.admin().await, server.admin().await);
    let member = ours.colleague("user").await;
    let join = |password: &str| json!({"email": member.email, "password": password, "name": "X", "role": "admin"});
    theirs.post("/api/users", join("a wrong password")).await.refused(409, "CONFLICT");
    let joined = theirs.post("/api/users", join(&member.password)).await.created();
    assert_eq!((&joined["id"], &joined["role"]), (&json!(member.user_id), &json!("admin")));
    let login = json!({"email": member.email, "password": member.password});
    let problem = server.anonymous().post("/api/auth/login", login.clone()).await.refused(409, "CONFLICT");
    assert_eq!(problem["organizations"].as_array().unwrap().len(), 2);
    for (organization_id, role) in [(&ours.organization_id, "user"), (&theirs.organization_id, "admin")] {
        let mut login = login.clone();
        login["organizationId"] = json!(organization_id);
        let session = server.anonymous().post("/api/auth/login", login).await.ok();
        assert_eq!(session["user"]["role"], role);
    }
    let path = format!("/api/users/{}", member.user_id);
    theirs.patch(&path, json!({"password": "taken over now"})).await.refused(403, "FORBIDDEN");
    theirs.patch(&path, json!({"role": "user"})).await.ok();
    member.patch("/api/me", json!({"name": "Seen in both"})).await.ok();
    assert_eq!((told(&server, &ours).await.len(), told(&server, &theirs).await.len()), (1, 1));
}

#[tokio::test]
async fn an_administrator_is_made_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let arguments =
        ["create-admin", "--organization", "Other", "--email", &admin.email, "--password", "something else"];
    let again: Value = serde_json::from_str(&server.run_for_line(&arguments).await).unwrap();
    assert_eq!(again, json!({"organizationId": admin.organization_id, "userId": admin.user_id}));
    let login = json!({"email": admin.email, "password": admin.password});
    server.anonymous().post("/api/auth/login", login).await.ok();
}
