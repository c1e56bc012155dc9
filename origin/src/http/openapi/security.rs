//! Who may ask.

use utoipa::openapi::ComponentsBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

const USER: &str = "bearerAuth";
const INTERNAL_KEY: &str = "internalKey";
const INTERNAL_BEARER: &str = "internalBearer";

/// Whom a route answers.
#[derive(Debug, Clone, Copy)]
pub enum Caller {
    /// Anybody: it names no workspace.
    Anybody,
    /// A member of the workspace, with a token, or a service with the internal key.
    Member,
    /// A service with the internal key.
    Service,
    /// A system admin: one of the operator's people, with a token.
    SystemAdmin,
}

impl Caller {
    /// What it has to show: one of these.
    pub fn requirements(self) -> Vec<SecurityRequirement> {
        let schemes: &[&str] = match self {
            Self::Anybody => &[],
            Self::Member => &[USER, INTERNAL_KEY, INTERNAL_BEARER],
            Self::Service => &[INTERNAL_KEY, INTERNAL_BEARER],
            Self::SystemAdmin => &[USER],
        };
        let requirement = |scheme: &&str| SecurityRequirement::new::<_, [&str; 0], &str>(*scheme, []);
        schemes.iter().map(requirement).collect()
    }

    /// How those are answered who do not show it.
    pub const fn refusals(self) -> &'static [u16] {
        match self {
            Self::Anybody => &[],
            Self::Member | Self::SystemAdmin => &[401, 403],
            Self::Service => &[401],
        }
    }
}

/// Adds what can be shown.
pub fn add_to(components: ComponentsBuilder) -> ComponentsBuilder {
    let user = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
        "A Supabase token (HS256, audience `authenticated`) of a user who is a member of the workspace.",
    ));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The internal key in the place of a token: between the product's own services."));
    let header = ApiKeyValue::with_description(
        dto::headers::INTERNAL_AUTH,
        "The internal key, for the product's own services.",
    );
    components
        .security_scheme(USER, SecurityScheme::Http(user.build()))
        .security_scheme(INTERNAL_KEY, SecurityScheme::ApiKey(ApiKey::Header(header)))
        .security_scheme(INTERNAL_BEARER, SecurityScheme::Http(bearer.build()))
}
