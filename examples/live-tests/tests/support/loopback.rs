//! A small server on loopback, for services that moto does not have: IAM Identity Center, metadata of instances and containers,
//! an STS that refuses.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by test files; a test that cannot be set up fails")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::home::session_keys;

/// A received request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `GET /path?query`.
    pub(crate) line: String,
    /// The headers by their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// The metadata of an instance in `eu-west-1` with the instance profile `Operator`.
pub(crate) fn instance(asked: &Asked) -> Option<(u16, String)> {
    match asked.line.as_str() {
        "PUT /latest/api/token" => Some((200, "metadata-token".into())),
        _ if asked.headers.get("x-aws-ec2-metadata-token")? != "metadata-token" => None,
        "GET /latest/meta-data/placement/region" => Some((200, "eu-west-1".into())),
        "GET /latest/meta-data/iam/security-credentials/" => Some((200, "Operator".into())),
        "GET /latest/meta-data/iam/security-credentials/Operator" => Some((200, session_keys())),
        _ => None,
    }
}

/// Responds on its own port until it is dropped.
#[derive(Debug)]
pub(crate) struct Loopback {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
}

impl Loopback {
    /// Responds to every request with a status and a body; `None` is 404.
    pub(crate) fn start(answer: impl Fn(&Asked) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stop) = (asked.clone(), ended.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                // A connection that is closed without a request is ignored.
                let _ = serve(stream.unwrap(), &answer, &seen);
            }
        });
        Self { address, asked, ended }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the first lines of all requests since the last call.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &impl Fn(&Asked) -> Option<(u16, String)>,
    seen: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let Some(first) = lines.first() else { return Ok(()) };
    let line = first.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let asked = Asked { line, headers, body: String::from_utf8_lossy(&body).into_owned() };
    seen.lock().unwrap().push(asked.line.clone());
    let (status, body) = answer(&asked).unwrap_or((404, String::new()));
    // The response with the token of an instance's metadata contains its duration.
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
