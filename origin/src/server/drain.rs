//! Ending well: every connection hears that the process is asked to end, and is waited for.

use tokio::sync::watch;

/// The connections that are waited for.
pub(super) struct Drain(watch::Sender<bool>);

/// One of them, until it is dropped.
#[derive(Clone)]
pub(super) struct Draining(watch::Receiver<bool>);

impl Drain {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(super) fn watch(&self) -> Draining {
        Draining(self.0.subscribe())
    }

    /// Asks all of them to end, and waits until they have.
    pub(super) async fn end(&self) {
        self.0.send_replace(true);
        self.0.closed().await;
    }
}

impl Draining {
    /// Whether the process is asked to end.
    pub(super) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub(super) async fn asked(&mut self) {
        // An error says that nobody is left who could ask, and ends as well.
        let _ = self.0.wait_for(|asked| *asked).await;
    }
}
