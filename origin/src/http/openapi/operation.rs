//! How a route is described: what it takes, who may ask, what it answers.

use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, PathItem};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::{Ref, ResponseBuilder};

use super::failures;
use super::parameters;
use super::security::Caller;

/// A method of a path.
pub struct Described {
    /// The path, its parameters named as in the contract.
    pub path: &'static str,
    method: HttpMethod,
    operation: OperationBuilder,
}

impl Described {
    /// A route that only reads.
    pub fn get(path: &'static str, tag: &str, id: &str, summary: &str) -> Self {
        Self::new(path, HttpMethod::Get, tag, id, summary)
    }

    /// A route that does something.
    pub fn post(path: &'static str, tag: &str, id: &str, summary: &str) -> Self {
        Self::new(path, HttpMethod::Post, tag, id, summary)
    }

    fn new(path: &'static str, method: HttpMethod, tag: &str, id: &str, summary: &str) -> Self {
        let operation = OperationBuilder::new()
            .tag(tag)
            .operation_id(Some(id))
            .summary(Some(summary))
            .parameter(parameters::request_id());
        Self { path, method, operation }.fails(failures::OF_EVERY_ROUTE)
    }

    /// Says more than the summary.
    pub fn description(mut self, text: &str) -> Self {
        self.operation = self.operation.description(Some(text));
        self
    }

    /// Says who may ask, and how those who may not are answered.
    pub fn asked_by(mut self, caller: Caller) -> Self {
        self.operation = self.operation.securities(Some(caller.requirements()));
        self.fails(caller.refusals())
    }

    /// Takes these parameters and headers.
    pub fn takes<const N: usize>(mut self, parameters: [Parameter; N]) -> Self {
        self.operation = parameters.into_iter().fold(self.operation, OperationBuilder::parameter);
        self
    }

    /// Takes this body.
    pub fn reads(mut self, body: RequestBody) -> Self {
        self.operation = self.operation.request_body(Some(body));
        self.fails(&[413])
    }

    /// Answers with this status.
    pub fn answers(mut self, status: u16, response: ResponseBuilder) -> Self {
        self.operation = self.operation.response(status.to_string(), response.build());
        self
    }

    /// Fails with these statuses.
    pub fn fails(mut self, statuses: &[u16]) -> Self {
        self.operation = statuses.iter().fold(self.operation, |operation, &status| {
            operation.response(status.to_string(), Ref::from_response_name(failures::name(status)))
        });
        self
    }

    /// What the document has of it. Several methods of a path are merged there.
    pub fn into_item(self) -> PathItem {
        PathItem::new(self.method, self.operation)
    }
}
