//! What nobody but an attacker sends to a [`FlowWorld`].

use super::{CallId, FlowWorld, Work};
use conclave_enclave::platform::Received;

impl FlowWorld {
    /// Sends a request behind an answer of the sender's own making; it is on its way then.
    pub fn forge(&mut self, who: &str, export: &str, input: &[u8], answer: Received) -> CallId {
        let own = Work::Outside(who.to_owned(), Vec::new());
        let CallId(at) = self.push(own, who, Vec::new());
        self.receipts[at].is_done = true;
        self.receipts[at].result = Some(answer);
        let work = Work::Enclave {
            predecessor: who.to_owned(),
            export: export.to_owned(),
            input: input.to_vec(),
            deposit: 0,
        };
        self.push(work, who, vec![at])
    }
}
