//! A standard queue: a message comes again until it is deleted, and after five receipts goes to the dead letters.

use till_app::ports::{Enqueue as _, Task};
use till_memory::{MOST_RECEIVES, Queue};

use crate::fixture::{memory, now, number};

fn queue(tasks: &[Task]) -> Queue {
    let mut queue = Queue::default();
    for task in tasks {
        queue.send(*task);
    }
    queue
}

#[test]
fn message_comes_again_until_it_is_deleted() {
    let task = Task::Grant(number(1));
    let mut queue = queue(&[task]);
    let id = queue.waiting()[0].id;
    for receives in 0..MOST_RECEIVES {
        assert_eq!(queue.waiting()[0].receives, receives);
        assert_eq!(queue.receive(id), Some(task));
    }
    queue.delete(id);
    assert!(queue.waiting().is_empty() && queue.dead().is_empty());
    assert_eq!(queue.receive(id), None);
}

#[test]
fn message_is_a_dead_letter_after_five_receipts() {
    let task = Task::Revoke(number(1));
    let mut queue = queue(&[task]);
    let id = queue.waiting()[0].id;
    let received = (0..10).filter(|_| queue.receive(id).is_some()).count();
    assert_eq!(received, 5);
    assert_eq!((queue.waiting().len(), queue.dead()), (0, &[task][..]));
    queue.redrive();
    assert_eq!((queue.waiting().len(), queue.dead().len()), (1, 0));
    let again = queue.waiting()[0];
    assert_eq!((again.task, again.receives), (task, 0));
    assert_ne!(again.id, id);
}

#[test]
fn equal_tasks_are_separate_messages() {
    let task = Task::Grant(number(1));
    let memory = memory();
    assert_eq!(now(memory.ports().enqueue(task)), Ok(()));
    assert_eq!(now(memory.ports().enqueue(task)), Ok(()));
    memory.tables(|tables| {
        let ids: Vec<u32> = tables.queue.waiting().iter().map(|message| message.id).collect();
        tables.queue.delete(ids[0]);
        assert_eq!(tables.queue.receive(ids[1]), Some(task), "received in any order");
        assert_eq!(tables.queue.waiting().len(), 1);
    });
}
