/*
 * The parking protocol of docs/concurrency.md: 3 workers, 2 producers, no lost wake-up.
 *
 * A producer is a worker that pushes: its push may stay in its store buffer while it reads the idle word. A worker that
 * finds nothing announces itself, empties all store buffers (the process-wide barrier), looks again, and sleeps.
 * Mutations that must fail: -DNO_BARRIER, -DNO_RECHECK. With -DITEMS=2 the space is some hundred times larger.
 *
 * -DLONG: a worker that has an item is so long in it that it looks no more; there are fewer items than workers. Mutation that must fail: -DNO_FENCE.
 *
 * -DOUTSIDE: producers are no workers, and the queue is an injector. A producer takes a ticket, then fills its slot, then fences; a look
 * sees the slot at the head only, so it sees nothing while that one is being filled, whatever lies behind it.
 * Mutation that must fail: -DREAD_FIRST, in which the slot becomes visible after the producer has read the idle word.
 */
#define WORKERS 3
#define PRODUCERS 2
#ifndef ITEMS
#define ITEMS 1
#endif

#ifdef OUTSIDE
byte head, tail;
bool filled[PRODUCERS * ITEMS + 1];
#define SEEN   filled[head]
#define REMOVE head++
#else
#define SEEN   queue > 0
#define REMOVE queue--
#endif

byte queue;                    /* items that everyone can see */
byte buffered[PRODUCERS];      /* pushes in store buffers */
byte sleepers, searchers;      /* the idle word: changed atomically as one */
bool asleep[WORKERS];          /* in the stack of sleepers */
bool permit[WORKERS];          /* unparked */
byte producersDone, taken;

inline flush(p)   { atomic { queue = queue + buffered[p]; buffered[p] = 0 } }
inline flushAll() { atomic { queue = queue + buffered[0] + buffered[1]; buffered[0] = 0; buffered[1] = 0 } }

/* Pops one sleeper, counts it as searcher, unparks it; only if nobody searches. */
inline tryWake()
{
    atomic {
        if
        :: sleepers > 0 && searchers == 0 ->
            if
            :: asleep[0] -> asleep[0] = false; permit[0] = true
            :: asleep[1] -> asleep[1] = false; permit[1] = true
            :: asleep[2] -> asleep[2] = false; permit[2] = true
            fi;
            sleepers--; searchers++; woke = true
        :: else -> woke = false
        fi
    }
}

proctype Producer(byte me)
{
    byte i, ticket;
    bool someoneSleeps, wants, woke;
    do
#ifdef OUTSIDE
    :: i < ITEMS ->
        atomic { ticket = tail; tail++ };
#ifndef READ_FIRST
        filled[ticket] = true;
#endif
        wants = sleepers > 0 && searchers == 0;
        if
        :: wants -> tryWake()
        :: else -> skip
        fi;
#ifdef READ_FIRST
        filled[ticket] = true;
#endif
        wants = false; woke = false; ticket = 0;
        i++
#else
    :: i < ITEMS ->
        buffered[me]++;                            /* push: a release store */
        if
        :: skip                                    /* it may become visible now ... */ -> flush(me)
        :: skip                                    /* ... or later */
        fi;
        someoneSleeps = sleepers > 0;
        if
        :: someoneSleeps ->
#ifndef NO_FENCE
            flush(me);                             /* the fence before the decision, which may meet a searcher */
#endif
            tryWake(); if :: woke -> flush(me) :: else -> skip fi /* a compare-and-swap that succeeds flushes too */
        :: else -> skip
        fi;
        someoneSleeps = false; woke = false;       /* stale locals would only multiply states */
        i++
#endif
    :: else -> break
    od;
    flush(me);                                     /* a buffer drains in the end */
    producersDone++
}

proctype Worker(byte me)
{
    bool searching, found, last, woke;
    do
    :: true ->
        atomic { searching = (searchers == 0); if :: searching -> searchers++ :: else fi };
search:
        atomic { found = SEEN; if :: found -> REMOVE; taken++ :: else fi };
        if
        :: found ->
            found = false;
            if
            :: searching ->
                atomic { last = (searchers == 1); searchers--; searching = false };
                if
                :: last && SEEN -> last = false; tryWake(); woke = false
                :: else -> last = false
                fi
            :: else -> skip
            fi;
#ifdef LONG
            break
#endif
        :: else ->
            /* announce */
            atomic {
                asleep[me] = true; sleepers++;
                if :: searching -> searchers--; searching = false :: else fi
            };
#ifndef NO_BARRIER
            flushAll();
#endif
#ifndef NO_RECHECK
            if
            :: SEEN -> tryWake(); woke = false
            :: else -> skip
            fi;
#endif
end_sleep:
            atomic { permit[me] -> permit[me] = false };
            searching = true;                      /* counted by the waker */
            goto search
        fi
    od
}

/* When nothing can move any more, nothing may be left. */
proctype Monitor()
{
    timeout -> assert(producersDone < PRODUCERS || taken == PRODUCERS * ITEMS)
}

init
{
    atomic {
        run Worker(0); run Worker(1); run Worker(2);
        run Producer(0); run Producer(1);
        run Monitor()
    }
}
