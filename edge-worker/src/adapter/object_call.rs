//! Calling a Durable Object: text in, text out.

use worker::{Method, ObjectNamespace, Request, RequestInit, console_warn};

use crate::platform::Unreachable;

/// A Durable Object sees a URL, and no host in it matters.
const URL: &str = "https://object/";

/// Calls the object of that name.
pub(super) async fn call(
    objects: &ObjectNamespace,
    name: &str,
    method: Method,
    body: Option<String>,
) -> Result<String, Unreachable> {
    let called = async {
        let mut init = RequestInit::new();
        init.with_method(method).with_body(body.map(Into::into));
        let request = Request::new_with_init(URL, &init)?;
        let mut response = objects.get_by_name(name)?.fetch_with_request(request).await?;
        match response.status_code() {
            200 => response.text().await,
            status => Err(worker::Error::RustError(format!("status {status}"))),
        }
    };
    called.await.map_err(|error| {
        console_warn!("a Durable Object cannot be reached: {}", error);
        Unreachable
    })
}
