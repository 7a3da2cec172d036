use tokio::sync::watch;

/// Reports the stop of the simulator, which is when the sender is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<()>);

impl Stop {
    /// Returns a sender that stops the simulator when it is dropped, and the receiver that waits for this.
    pub(crate) fn new() -> (watch::Sender<()>, Self) {
        let (running, stopped) = watch::channel(());
        (running, Self(stopped))
    }

    /// Returns when the simulator stops.
    pub(crate) async fn wait(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}
