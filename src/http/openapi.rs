//! The OpenAPI document, gathered from the routes themselves.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, Schema};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::problem::PROBLEM_JSON;
use crate::schema;

/// Where components are referred to.
const SCHEMAS: &str = "#/components/schemas/";

/// What holds for all routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Switchboard",
        description = "An inbox backend: messages of many networks are saved once, seen live and answered in order.\n\n\
            Errors are RFC 9457 problem details. Lists are `{items, nextCursor}`. Every answer carries `x-request-id`. \
            A token may ask 100 times a second, 200 at once. Times are RFC 3339 in UTC; ids are UUIDs.",
    ),
    security(("bearer" = [])),
    modifiers(&Bearer),
)]
pub struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An access token (JWT, HS256), or an API key (`sk_…`)."))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Says once for all operations what the routes need not: the content type of problems, what a status without a description
/// means, the refusal that any request may get, and that answers hold all their fields.
pub fn complete(document: &mut utoipa::openapi::OpenApi) {
    let asked = asked(document);
    let components = document.components.get_or_insert_default();
    let names: Vec<String> = components.schemas.keys().cloned().collect();
    for (name, schema) in components.schemas.iter_mut().filter(|(name, _)| !asked.contains(*name)) {
        schema::answered(schema);
        let item = name.strip_prefix("Page_").filter(|item| names.iter().any(|known| known == item));
        if let (Some(item), RefOr::T(Schema::Object(page))) = (item, schema)
            && let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items")
        {
            items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
        }
    }
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().for_each(complete_operation);
    }
}

/// Names of the schemas that bodies of requests are made of.
fn asked(document: &utoipa::openapi::OpenApi) -> BTreeSet<String> {
    let operations = document.paths.paths.values().flat_map(|item| [&item.put, &item.post, &item.patch, &item.delete]);
    let mut found = BTreeSet::new();
    for body in operations.flatten().filter_map(|operation| operation.request_body.as_ref()) {
        collect(&serde_json::json!(body), document, &mut found);
    }
    found
}

/// Adds the schemas that are referred to, and those that they refer to.
fn collect(value: &Value, document: &utoipa::openapi::OpenApi, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(SCHEMAS));
            if let Some(name) = name.filter(|name| found.insert((*name).to_owned())) {
                let schema = document.components.as_ref().and_then(|components| components.schemas.get(name));
                collect(&serde_json::json!(schema), document, found);
            }
            fields.values().for_each(|value| collect(value, document, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, document, found)),
        _ => {}
    }
}

fn complete_operation(operation: &mut Operation) {
    let schema = Some(RefOr::Ref(Ref::from_schema_name("Problem")));
    let problem = ContentBuilder::new().schema(schema.clone()).build();
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.content.values().any(|content| matches!(content, RefOr::T(content) if content.schema == schema)) {
            response.content = [(PROBLEM_JSON.to_owned(), RefOr::T(problem.clone()))].into_iter().collect();
        }
        describe(status, response);
    }
    let other = ResponseBuilder::new()
        .description("Refused or failed; `code` says why. 429 and 503 carry `Retry-After`.")
        .content(PROBLEM_JSON, problem);
    operation.responses.responses.entry("default".into()).or_insert_with(|| RefOr::T(other.build()));
}

fn describe(status: &str, response: &mut Response) {
    let code = status.parse().ok().and_then(|code: u16| StatusCode::from_u16(code).ok());
    if let Some(reason) = code.and_then(|code| code.canonical_reason()).filter(|_| response.description.is_empty()) {
        reason.clone_into(&mut response.description);
    }
}
