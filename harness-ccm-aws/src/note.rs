//! Notes during calls to AWS that are not failures.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use harness_ccm_core::id::{AccountId, RoleName};
use harness_ccm_core::session::SessionSeconds;

/// A decision made for the user, who may want another. Each is reported once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Note {
    /// Settings that lead to other credentials, and were ignored as `aws` does.
    PassedOver {
        /// The variables and profiles.
        passed: Vec<String>,
        /// The source that was used instead.
        used: String,
        /// The account of that source.
        account: AccountId,
    },
    /// A file of profiles that a variable names cannot be read, and counts as empty.
    NoFile {
        /// The variable that names it.
        variable: &'static str,
    },
    /// No region is set.
    NoRegion {
        /// The region that is used.
        taken: &'static str,
    },
    /// AWS opens no session of this role for the requested duration: its sessions last an hour.
    OneHour {
        /// The role, whatever the account.
        role: RoleName,
        /// The requested duration.
        asked: SessionSeconds,
        /// AWS' message.
        said: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassedOver { passed, used, account } => {
                let (be, come) = if passed.len() == 1 { ("is", "it comes") } else { ("are", "they come") };
                let passed = passed.join(", ");
                write!(
                    f,
                    "{passed} {be} not used: as with aws, {come} after {used}; the account in use is {account}"
                )
            }
            Self::NoFile { variable } => {
                write!(f, "the path in {variable} cannot be read: it counts as an empty file, as with aws")
            }
            Self::NoRegion { taken } => write!(
                f,
                "no region is set, so it is {taken}: set AWS_REGION for keys of another partition, such as us-gov-west-1 for GovCloud"
            ),
            Self::OneHour { role, asked, said } => write!(
                f,
                "sessions of the role {role} last 3600 seconds in place of {asked}, since AWS allows no more: {said}"
            ),
        }
    }
}

/// The listener.
type Listener = Box<dyn Fn(&Note) + Send + Sync>;

/// The notes of one backend and its clones. Notes before a listener is set are stored.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    told: BTreeSet<Note>,
    waiting: Vec<Note>,
    listener: Option<Arc<Listener>>,
}

impl Notes {
    pub(crate) fn tell(&self, note: Note) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.told.insert(note.clone()) {
            return;
        }
        match state.listener.clone() {
            Some(listener) => {
                // The listener may call the backend.
                drop(state);
                listener(&note);
            }
            None => state.waiting.push(note),
        }
    }

    pub(crate) fn listen(&self, listener: impl Fn(&Note) + Send + Sync + 'static) {
        let listener: Arc<Listener> = Arc::new(Box::new(listener));
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.listener = Some(listener.clone());
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for note in &waiting {
            listener(note);
        }
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_note_is_delivered_once_and_none_is_lost_before_a_listener_exists() {
        let (notes, heard) = (Notes::default(), Arc::new(Mutex::new(Vec::new())));
        notes.tell(Note::NoRegion { taken: "us-east-1" });
        notes.tell(Note::NoRegion { taken: "us-east-1" });
        let sink = heard.clone();
        notes.clone().listen(move |note| sink.lock().unwrap().push(note.clone()));
        notes.tell(Note::NoRegion { taken: "us-east-1" });
        notes.tell(Note::NoRegion { taken: "cn-north-1" });
        let expected = ["us-east-1", "cn-north-1"].map(|taken| Note::NoRegion { taken });
        assert_eq!(*heard.lock().unwrap(), expected);
    }
}
