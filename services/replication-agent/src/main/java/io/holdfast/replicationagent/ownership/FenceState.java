package io.holdfast.replicationagent.ownership;

/**
 * What has become of a machine's newest ownership on this host. A transition that does not fit changes nothing: news of an older ownership, and outcomes that somebody
 * has waited for since an older one, are late.
 */
public sealed interface FenceState {
    /** Of the ownership that this is the effect of. */
    long epoch();

    long sinceMicros();

    /** Owned by this host: served, or free to be. */
    record Served(long epoch, long sinceMicros) implements FenceState {}

    /** Nothing new is taken; something may be in flight. */
    record Fencing(long epoch, long sinceMicros) implements FenceState {}

    /** Nothing is in flight, nothing is taken; what was answered is in the stream. */
    record Fenced(long epoch, long sinceMicros) implements FenceState {}

    /**
     * The machine may still write.
     *
     * @param code stable
     */
    record Failed(long epoch, long sinceMicros, String code, String message) implements FenceState {}

    /** The first ownership that this host hears of. */
    static FenceState of(Ownership ownership, long nowMicros) {
        return ownership.recovered()
                ? new Fencing(ownership.epoch(), nowMicros)
                : new Served(ownership.epoch(), nowMicros);
    }

    default FenceState told(Ownership ownership, long nowMicros) {
        return ownership.epoch() > epoch() ? of(ownership, nowMicros) : this;
    }

    /** The fence of this epoch holds. */
    default FenceState holds(long ofEpoch, long nowMicros) {
        return switch (this) {
            case Fencing fencing when fencing.epoch() == ofEpoch -> new Fenced(ofEpoch, nowMicros);
            case Failed failed when failed.epoch() == ofEpoch -> new Fenced(ofEpoch, nowMicros);
            case Served _, Fencing _, Fenced _, Failed _ -> this;
        };
    }

    /** The fence of this epoch could not be put up, or has broken. */
    default FenceState failed(long ofEpoch, String code, String message, long nowMicros) {
        if (epoch() != ofEpoch || this instanceof Served) {
            return this;
        }
        boolean known = this instanceof Failed before && before.code().equals(code);
        return new Failed(ofEpoch, known ? sinceMicros() : nowMicros, code, message);
    }

    /** The machine came to this host, or moves again: the fence has to be put up once more. */
    default FenceState again(long nowMicros) {
        return this instanceof Served || this instanceof Fencing ? this : new Fencing(epoch(), nowMicros);
    }
}
