//! Running a future that mostly waits for nothing.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Work that was begun.
pub(crate) enum Begun<F: Future> {
    /// It waited for nothing.
    Done(F::Output),
    /// It waits, and is to be run on.
    Waiting(Waiting<F>),
}

/// Runs `work` until it waits for something. It must be run on at once then, by a task that polls it.
pub(crate) fn begin<F: Future>(work: F) -> Begun<F> {
    let later = Arc::<Later>::default();
    let mut waiting = Waiting { work: Box::pin(work), waker: Waker::from(Arc::clone(&later)), later };
    match waiting.poll_work() {
        Poll::Ready(done) => Begun::Done(done),
        Poll::Pending => Begun::Waiting(waiting),
    }
}

/// Work that waits.
pub(crate) struct Waiting<F> {
    work: Pin<Box<F>>,
    waker: Waker,
    later: Arc<Later>,
}

/// Wakes whoever runs the work by then. Not every future looks at the waker of a later poll: a timer of the `worker` crate keeps its first one.
#[derive(Default)]
struct Later(Mutex<Option<Waker>>);

impl<F: Future> Waiting<F> {
    fn poll_work(&mut self) -> Poll<F::Output> {
        self.work.as_mut().poll(&mut Context::from_waker(&self.waker))
    }
}

impl<F: Future> Future for Waiting<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if let Ok(mut known) = self.later.0.lock()
            && !known.as_ref().is_some_and(|known| known.will_wake(context.waker()))
        {
            *known = Some(context.waker().clone());
        }
        self.poll_work()
    }
}

impl Wake for Later {
    fn wake(self: Arc<Self>) {
        // Nobody yet: then whoever runs it on polls it first.
        let known = self.0.lock().ok().and_then(|known| known.clone());
        if let Some(waker) = known {
            waker.wake();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn what_waits_for_nothing_is_done_at_once() {
        assert!(matches!(begin(async { 7 }), Begun::Done(7)));
    }

    #[test]
    fn a_waker_that_was_kept_from_the_beginning_wakes_whoever_runs_it_last() {
        let kept = Arc::<Mutex<Option<Waker>>>::default();
        let work = {
            let kept = Arc::clone(&kept);
            let mut polls = 0;
            poll_fn(move |context| {
                polls += 1;
                kept.lock().unwrap().get_or_insert_with(|| context.waker().clone());
                if polls > 3 { Poll::Ready(polls) } else { Poll::Pending }
            })
        };
        let Begun::Waiting(mut waiting) = begin(work) else { panic!("it waits") };
        let first = kept.lock().unwrap().clone().unwrap();
        first.wake_by_ref();
        let tasks: [Arc<Woken>; 2] = Default::default();
        for task in &tasks {
            let waker = Waker::from(Arc::clone(task));
            let poll = Pin::new(&mut waiting).poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
            first.wake_by_ref();
        }
        assert_eq!(tasks.map(|task| task.0.load(Ordering::SeqCst)), [1, 1]);
        let poll = Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Ready(4)), "{poll:?}");
    }
}
