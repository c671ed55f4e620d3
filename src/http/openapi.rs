//! The OpenAPI document, gathered from the routes themselves, and the page that shows it.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

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
