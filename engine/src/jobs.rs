//! Promise jobs: one queue per frame, run when the frame's method has returned, dropped with it.
//!
//! Guards invariant 6: a job left behind by one subcontract never runs in another's frame.

use boa_engine::job::{Job, JobExecutor};
use boa_engine::{Context, JsResult};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The queues of the frames that are running, innermost last.
#[derive(Default)]
pub(crate) struct FrameJobs {
    queues: RefCell<Vec<VecDeque<Job>>>,
}

impl FrameJobs {
    /// Opens the queue of a frame that begins.
    pub(crate) fn open(&self) {
        self.queues.borrow_mut().push(VecDeque::new());
    }

    /// Drops the queue of the frame that ends, with what is left in it.
    pub(crate) fn close(&self) {
        let dropped = self.queues.borrow_mut().pop();
        drop(dropped);
    }

    fn next(&self) -> Option<Job> {
        self.queues.borrow_mut().last_mut()?.pop_front()
    }
}

impl JobExecutor for FrameJobs {
    /// Queues a job in the innermost frame. Timers and asynchronous jobs have no meaning in a
    /// receipt and are dropped; nothing that a subcontract can reach makes them.
    fn enqueue_job(self: Rc<Self>, job: Job, _: &mut Context) {
        if let Some(queue) = self.queues.borrow_mut().last_mut() {
            queue.push_back(job);
        }
    }

    fn run_jobs(self: Rc<Self>, context: &mut Context) -> JsResult<()> {
        while let Some(job) = self.next() {
            match job {
                Job::PromiseJob(job) => job.call(context)?,
                Job::GenericJob(job) => job.call(context)?,
                _ => continue,
            };
        }
        Ok(())
    }
}
