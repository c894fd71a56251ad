/*
 * Hold, mark, release: the protocol of docs/checkpoint-protocol.md, "several streams", for two agents.
 *
 * A writer writes n on disk A (agent 0) and, only when that is completed, n on disk B (agent 1). The claim, checked wherever the
 * router writes a record: as many writes of B are in front of B's marker as of A in front of A's, or fewer: no effect without its
 * cause.
 *
 * Time is not modelled: a limit may be over at any moment, which covers every clock. A connection keeps order; it may break at any
 * moment, with the loss of all that is on its way, and the two ends learn of it at different moments. The router may forget
 * everything. Markers travel with Held; that a marker's batch says the same place is checked by the router and not modelled here.
 *
 * Each -D below breaks one rule; docs/models/check must find each of them wrong:
 *   MARK_FIRST     an agent puts its marker before it closes its gate
 *   HIDE_EXPIRY    an agent that let go by itself says that it was released
 *   EARLY_RELEASE  the router releases an agent as soon as that one holds
 *   NO_CONFIRM     the router writes when all hold, without hearing how the holds ended
 *   SAME_ORDER     a second attempt has the name of the first (a person's request is repeated under its checkpoint's id)
 *   LOSS_IGNORED   a session's end opens the gate and a Release in the next session is answered as if it had not
 * and -DREACHED has to find a run that writes a record.
 */
#ifndef WRITES
#define WRITES 3
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif
#ifndef CUTS
#define CUTS 1
#endif
#ifndef RESTARTS
#define RESTARTS 1
#endif

mtype = { HOLD, RELEASE, HELD, ENDED };

/* what, order, then: marker's place (HELD), 1 = expired (ENDED) */
chan toAgent[2] = [6] of { mtype, byte, byte };
chan toRouter[2] = [6] of { mtype, byte, byte };

byte appended[2];       /* writes in the ring of each agent */
byte gate[2];           /* the hold that is on, 0 = open; numbered per agent, so that a write waits for the one it met */
byte holds[2];
bool up[2] = true;      /* the network */
bool agentKnows[2] = true;
bool routerKnows[2] = true;

inline fromAgent(i, what, order, value) {
    if
    :: up[i] -> toRouter[i]!what,order,value
    :: else -> skip
    fi
}

inline fromRouter(i, what, order) {
    if
    :: up[i] -> toAgent[i]!what,order,0
    :: else -> skip
    fi
}

proctype Writer() {
    byte n, met;
    byte i;
    n = 0;
    do
    :: n < WRITES ->
        i = 0;
        do
        :: i < 2 ->
            appended[i]++;              /* the disk and the ring */
            met = gate[i];              /* the gate, later */
            (met == 0 || gate[i] != met);
            i++
        :: else -> break
        od;
        n++
    :: else -> break
    od
}

proctype Agent(byte i) {
    byte order, current, ignored;
    byte marker;
end:
    do
    :: atomic { agentKnows[i] && toAgent[i]?[HOLD,order,ignored] -> toAgent[i]?HOLD,order,ignored };
        if
        :: gate[i] != 0 -> skip         /* HOLD_OUTSTANDING: an error answer, which the router takes as it takes none */
        :: else ->
#ifdef MARK_FIRST
            marker = appended[i];
            holds[i]++;
            gate[i] = holds[i];
#else
            holds[i]++;
            gate[i] = holds[i];
            marker = appended[i];
#endif
            current = order;
            fromAgent(i, HELD, order, marker)
        fi
    :: atomic { agentKnows[i] && toAgent[i]?[RELEASE,order,ignored] -> toAgent[i]?RELEASE,order,ignored };
        if
        :: gate[i] != 0 && order == current ->
            gate[i] = 0;
            fromAgent(i, ENDED, order, 0)
        :: else ->
#ifdef LOSS_IGNORED
            if
            :: order == current -> fromAgent(i, ENDED, order, 0)
            :: else -> skip
            fi
#else
            skip
#endif
        fi
    :: atomic { gate[i] != 0 -> gate[i] = 0 };   /* the limit is over */
#ifdef HIDE_EXPIRY
        fromAgent(i, ENDED, current, 0)
#else
        fromAgent(i, ENDED, current, 1)
#endif
    :: atomic { !up[i] && agentKnows[i] -> agentKnows[i] = false; gate[i] = 0 }
    od
}

/* The network between agent i and the router breaks, at most CUTS times, and is there again when both ends know. */
proctype Network(byte i) {
    byte cuts = 0;
end:
    do
    :: atomic {
            up[i] && cuts < CUTS -> up[i] = false; cuts++;
            do
            :: nempty(toAgent[i]) -> toAgent[i]?_,_,_
            :: nempty(toRouter[i]) -> toRouter[i]?_,_,_
            :: empty(toAgent[i]) && empty(toRouter[i]) -> break
            od
        }
    :: atomic { !up[i] && !agentKnows[i] && !routerKnows[i] -> agentKnows[i] = true; routerKnows[i] = true; up[i] = true }
    od
}

proctype Router() {
    byte attempt = 0, restarts = 0;
    byte order, answer, value;
    byte held, ended;          /* a bit per agent */
    byte marker[2];
    byte i;
next:
    atomic {
        held = 0;
        ended = 0;
        marker[0] = 0;
        marker[1] = 0
    }
    if
    :: attempt < ATTEMPTS && routerKnows[0] && routerKnows[1] ->
        attempt++;
#ifdef SAME_ORDER
        order = 1
#else
        order = attempt
#endif
    :: atomic { !up[0] && routerKnows[0] -> routerKnows[0] = false }; goto next
    :: atomic { !up[1] && routerKnows[1] -> routerKnows[1] = false }; goto next
    :: atomic { attempt >= ATTEMPTS -> goto over }
    fi;
    fromRouter(0, HOLD, order);
    fromRouter(1, HOLD, order);

    /* Holding */
    do
    :: held == 3 -> break
    :: atomic { routerKnows[0] && toRouter[0]?[HELD,answer,value] -> toRouter[0]?HELD,answer,value };
        if
        :: answer == order -> held = held | 1; marker[0] = value;
#ifdef EARLY_RELEASE
            fromRouter(0, RELEASE, order)
#endif
        :: else -> skip
        fi
    :: atomic { routerKnows[1] && toRouter[1]?[HELD,answer,value] -> toRouter[1]?HELD,answer,value };
        if
        :: answer == order -> held = held | 2; marker[1] = value;
#ifdef EARLY_RELEASE
            fromRouter(1, RELEASE, order)
#endif
        :: else -> skip
        fi
#ifdef EARLY_RELEASE
    :: atomic { routerKnows[0] && toRouter[0]?[ENDED,answer,value] -> toRouter[0]?ENDED,answer,value };
        if
        :: answer == order && value == 0 -> ended = ended | 1
        :: answer == order && value != 0 -> goto giveUp
        :: else -> skip
        fi
    :: atomic { routerKnows[1] && toRouter[1]?[ENDED,answer,value] -> toRouter[1]?ENDED,answer,value };
        if
        :: answer == order && value == 0 -> ended = ended | 2
        :: answer == order && value != 0 -> goto giveUp
        :: else -> skip
        fi
#else
#ifdef SAME_ORDER
    /* It cannot tell the end of the first attempt's hold from its own: as late ones are, it is left aside. */
    :: atomic { routerKnows[0] && toRouter[0]?[ENDED,answer,value] -> toRouter[0]?ENDED,answer,value }
    :: atomic { routerKnows[1] && toRouter[1]?[ENDED,answer,value] -> toRouter[1]?ENDED,answer,value }
#else
    :: atomic { routerKnows[0] && toRouter[0]?[ENDED,answer,value] -> toRouter[0]?ENDED,answer,value };
        if
        :: answer == order -> goto giveUp
        :: else -> skip
        fi
    :: atomic { routerKnows[1] && toRouter[1]?[ENDED,answer,value] -> toRouter[1]?ENDED,answer,value };
        if
        :: answer == order -> goto giveUp
        :: else -> skip
        fi
#endif
#endif
    :: goto giveUp                                       /* the limit is over */
    :: atomic { !up[0] && routerKnows[0] -> routerKnows[0] = false }; goto giveUp
    :: atomic { !up[1] && routerKnows[1] -> routerKnows[1] = false }; goto giveUp
    :: atomic { restarts < RESTARTS -> restarts++ }; goto restart
    od;
#ifdef NO_CONFIRM
    goto write;
#endif
#ifndef EARLY_RELEASE
    fromRouter(0, RELEASE, order);
    fromRouter(1, RELEASE, order);
#endif

    /* Marking */
    do
    :: ended == 3 -> break
    :: atomic { routerKnows[0] && toRouter[0]?[ENDED,answer,value] -> toRouter[0]?ENDED,answer,value };
        if
        :: answer == order && value == 0 -> ended = ended | 1
        :: answer == order && value != 0 -> goto giveUp
        :: else -> skip
        fi
    :: atomic { routerKnows[1] && toRouter[1]?[ENDED,answer,value] -> toRouter[1]?ENDED,answer,value };
        if
        :: answer == order && value == 0 -> ended = ended | 2
        :: answer == order && value != 0 -> goto giveUp
        :: else -> skip
        fi
    :: atomic { routerKnows[0] && toRouter[0]?[HELD,answer,value] -> toRouter[0]?HELD,answer,value }   /* late */
    :: atomic { routerKnows[1] && toRouter[1]?[HELD,answer,value] -> toRouter[1]?HELD,answer,value }
    :: goto giveUp
#ifdef LOSS_IGNORED
    :: atomic { !up[0] && routerKnows[0] -> routerKnows[0] = false };
        (routerKnows[0]); fromRouter(0, RELEASE, order)
#else
    :: atomic { !up[0] && routerKnows[0] -> routerKnows[0] = false };
        if
        :: (ended & 1) == 0 -> goto giveUp
        :: else -> skip
        fi
#endif
    :: atomic { !up[1] && routerKnows[1] -> routerKnows[1] = false };
        if
        :: (ended & 2) == 0 -> goto giveUp
        :: else -> skip
        fi
    :: atomic { restarts < RESTARTS -> restarts++ }; goto restart
    od;
write:
#ifdef REACHED
    assert(false);              /* some run gets here */
#endif
    assert(marker[1] <= marker[0]);
    goto next;

giveUp:
    fromRouter(0, RELEASE, order);
    fromRouter(1, RELEASE, order);
    goto next;

restart:
    /* All sessions end with the process; the agents see it in their own time. */
    i = 0;
    do
    :: i < 2 ->
        atomic {
            up[i] = false;
            routerKnows[i] = false;
            do
            :: nempty(toAgent[i]) -> toAgent[i]?_,_,_
            :: nempty(toRouter[i]) -> toRouter[i]?_,_,_
            :: empty(toAgent[i]) && empty(toRouter[i]) -> break
            od
        }
        i++
    :: else -> break
    od;
    goto next;

over:
    /* It reads on, so that nobody waits for room. */
end:
    do
    :: toRouter[0]?_,_,_
    :: toRouter[1]?_,_,_
    :: atomic { !up[0] && routerKnows[0] -> routerKnows[0] = false }
    :: atomic { !up[1] && routerKnows[1] -> routerKnows[1] = false }
    od
}

init {
    atomic {
        run Writer();
        run Agent(0);
        run Agent(1);
        run Network(0);
        run Network(1);
        run Router()
    }
}
