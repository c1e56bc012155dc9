//! The project's public keys: fetched by `fetch`, and checked with by `WebCrypto`, whose code is native.

use std::cell::RefCell;

use futures_util::TryStreamExt as _;
use identity::{Algorithm, KeyMaterial, PublicKey, SignatureCheck};
use wasm_bindgen::prelude::*;
use worker::ByteStream;
use worker::js_sys::{self, Array, Object, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{AbortController, Headers, RequestInit, RequestRedirect, Response, WorkerGlobalScope};

/// How many imported keys an isolate keeps: more than a project has at a time.
const MAX_IMPORTED: usize = 32;

#[wasm_bindgen]
extern "C" {
    /// `SubtleCrypto`: declared here for the two of its methods that are used.
    type Subtle;

    #[wasm_bindgen(thread_local_v2, js_namespace = crypto, js_name = subtle)]
    static SUBTLE: Subtle;

    #[wasm_bindgen(method, catch, js_name = importKey)]
    fn import_key(
        this: &Subtle,
        format: &str,
        key: &Object,
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn verify(
        this: &Subtle,
        algorithm: &Object,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Keys that the runtime has taken. They belong to the isolate: no request's I/O is in them.
#[derive(Default)]
pub(super) struct ImportedKeys(RefCell<Vec<(PublicKey, JsValue)>>);

impl ImportedKeys {
    /// Whether the key made the signature.
    pub(super) async fn is_genuine(&self, check: &SignatureCheck) -> Result<bool, JsValue> {
        let key = self.imported(check.key()).await?;
        let algorithm = object(&[("name", name_of(check.key())), ("hash", "SHA-256")])?;
        let (signature, message) = (Uint8Array::from(check.signature()), Uint8Array::from(check.message()));
        let verified = SUBTLE.with(|subtle| subtle.verify(&algorithm, &key, &signature, &message))?;
        Ok(JsFuture::from(verified).await?.is_truthy())
    }

    async fn imported(&self, key: &PublicKey) -> Result<JsValue, JsValue> {
        if let Some((_, imported)) = self.0.borrow().iter().find(|(known, _)| known == key) {
            return Ok(imported.clone());
        }
        let (jwk, algorithm) = match key.material() {
            KeyMaterial::P256 { x, y } => (
                object(&[("kty", "EC"), ("crv", "P-256"), ("x", &number(x)), ("y", &number(y))])?,
                object(&[("name", name_of(key)), ("namedCurve", "P-256")])?,
            ),
            KeyMaterial::Rsa { n, e } => (
                object(&[("kty", "RSA"), ("n", &number(n)), ("e", &number(e))])?,
                object(&[("name", name_of(key)), ("hash", "SHA-256")])?,
            ),
        };
        let usages = Array::of1(&"verify".into());
        let importing = SUBTLE.with(|subtle| subtle.import_key("jwk", &jwk, &algorithm, false, &usages))?;
        let imported = JsFuture::from(importing).await?;
        let mut keys = self.0.borrow_mut();
        if keys.len() == MAX_IMPORTED {
            keys.remove(0);
        }
        keys.push((key.clone(), imported.clone()));
        Ok(imported)
    }
}

/// What `WebCrypto` calls the key's algorithm.
fn name_of(key: &PublicKey) -> &'static str {
    match key.algorithm() {
        Algorithm::Es256 => "ECDSA",
        Algorithm::Rs256 => "RSASSA-PKCS1-v1_5",
    }
}

fn number(bytes: &[u8]) -> String {
    identity::base64url(bytes)
}

fn object(members: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), &(*value).into())?;
    }
    Ok(object)
}

/// What is published at `url`; dropped before it ends, it abandons the request. Redirects are not followed.
pub(super) async fn fetch(url: &str, limit: usize) -> worker::Result<Vec<u8>> {
    let controller = AbortController::new()?;
    let init = RequestInit::new();
    let headers = Headers::new()?;
    headers.append("Accept", "application/json")?;
    init.set_headers_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&controller.signal()));
    let mut abandon = super::origin_fetch::AbandonOnDrop(Some(controller));
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response: Response =
        JsFuture::from(global.fetch_with_str_and_init(url, &init)).await?.unchecked_into();
    if response.status() != 200 {
        return Err(worker::Error::RustError(format!("status {}", response.status())));
    }
    let mut set = Vec::new();
    if let Some(body) = response.body() {
        let mut stream = ByteStream::from(body);
        while let Some(chunk) = stream.try_next().await? {
            if set.len() + chunk.len() > limit {
                return Err(worker::Error::RustError("the answer is too large".to_owned()));
            }
            set.extend_from_slice(&chunk);
        }
    }
    abandon.0 = None;
    Ok(set)
}
