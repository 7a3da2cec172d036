use std::sync::{Mutex, MutexGuard, PoisonError};

/// Every access is short and leaves things whole, so a poisoned lock is as good as any.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
