//! Checking signatures of public keys, with `ring`: the library that speaks TLS in this process as well.

use identity::{KeyMaterial, SignatureCheck};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// Whether the key made the signature. Neither is a secret, so nothing here needs constant time.
pub(super) fn is_genuine(check: &SignatureCheck) -> bool {
    let (message, signature) = (check.message(), check.signature());
    match check.key().material() {
        KeyMaterial::P256 { x, y } => {
            // An uncompressed point (SEC 1, 2.3.3).
            let point = [&[4][..], x, y].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
        }
        KeyMaterial::Rsa { n, e } => {
            RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
        }
    }
}
