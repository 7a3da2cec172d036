//! Starts a moto server for tests: installs it once under the workspace's `target`, on a free loopback port, and ends it with
//! the test.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can not be set up fails"
)]
#![allow(clippy::expect_used, clippy::print_stderr, reason = "a test that can not be set up says why")]

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is installed. The versions are pinned: another moto is another AWS.
const PACKAGES: [&str; 2] = ["moto[server]==5.2.1", "boto3==1.43.11"];

/// Ends by itself when its standard input does, so that no test, however it ends, leaves a server behind.
const PROGRAM: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(sys.argv[1:])
";

/// Whether tests against moto are to be left out (`HARNESS_CCM_TEST_MOTO=skip`). Says so on stderr.
pub fn skip() -> bool {
    let skip = std::env::var("HARNESS_CCM_TEST_MOTO").is_ok_and(|value| value == "skip");
    if skip {
        eprintln!("HARNESS_CCM_TEST_MOTO=skip: tests against moto are left out");
    }
    skip
}

/// A moto server of one's own. Ends when dropped.
#[derive(Debug)]
pub struct MotoServer {
    child: Child,
    port: u16,
    python: PathBuf,
}

impl MotoServer {
    /// Installs moto if that was not done yet, and starts a server.
    pub fn start() -> Self {
        let python = install();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap().port();
        let child = Command::new(&python)
            .args(["-c", PROGRAM, "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the Python of the virtual environment starts");
        let mut server = Self { child, port, python };
        server.wait();
        server
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("moto ended before it answered: {status}");
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A Python that has boto3.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// The environment under which every AWS SDK talks to this server and to nothing else.
    pub fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_DEFAULT_REGION", "us-east-1".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
    }

    /// Runs a Python program with that environment and gives what it printed.
    pub fn run_python(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(&self.python)
            .args(["-c", program])
            .args(arguments)
            .envs(self.environment())
            .stdin(Stdio::null())
            .output()
            .expect("the Python of the virtual environment starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("Python prints UTF-8")
    }
}

impl Drop for MotoServer {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The virtual environment's Python, made on first use. Processes that come at the same time wait for the first.
fn install() -> PathBuf {
    let target = target();
    std::fs::create_dir_all(&target).unwrap();
    let home = target.join("moto-5.2.1");
    let (python, stamp) = (home.join("bin/python"), home.join("installed"));
    let lock = File::create(target.join("moto-5.2.1.lock")).unwrap();
    lock.lock().unwrap();
    if !stamp.exists() {
        eprintln!("installing {} under target/ (once)", PACKAGES.join(" and "));
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(PACKAGES));
        File::create(&stamp).unwrap();
    }
    python
}

/// The workspace's target folder: test programs are in `target/<profile>/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let deps = program.parent().unwrap();
    deps.ancestors().find(|folder| folder.join(".rustc_info.json").exists()).unwrap_or(deps).to_owned()
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!(
            "tests against moto need Python 3 with its venv module ({error}): install it, or set HARNESS_CCM_TEST_MOTO=skip"
        )
    });
    assert!(
        output.status.success(),
        "could not install moto, set HARNESS_CCM_TEST_MOTO=skip to leave these tests out: {command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
