use tokio::sync::watch;

/// Tells when the simulator stops: once the sender is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<()>);

impl Stop {
    /// What to drop to stop, and who is told.
    pub(crate) fn new() -> (watch::Sender<()>, Self) {
        let (running, stopped) = watch::channel(());
        (running, Self(stopped))
    }

    /// Comes when the simulator stops.
    pub(crate) async fn wait(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}
