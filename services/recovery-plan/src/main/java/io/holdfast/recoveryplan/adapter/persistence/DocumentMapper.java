package io.holdfast.recoveryplan.adapter.persistence;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.Id;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.rehearsal.Recurrence;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.RunEnding;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.StepAction;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/**
 * Domain values as the JSON that is kept in the database: a plan revision, a run, a report. One column holds one aggregate, written whole with
 * every change, because a run is only ever read and changed whole and its shape differs from step to step; what is searched for has columns of
 * its own.
 *
 * <p>A value of a sealed type carries its record's name in {@code is}. Renaming a record or a component therefore changes the stored form:
 * {@code StoredFormTest} keeps a run of every format that was ever released and fails when it cannot be read any more.
 */
final class DocumentMapper {
    private static final List<Class<?>> SEALED = List.of(
            HookCall.class,
            MachineProbe.class,
            NetworkTarget.class,
            Readiness.class,
            RecoveryPoint.class,
            Recurrence.class,
            RunEnding.class,
            RunState.class,
            StepAction.class,
            StepProgress.class,
            StepResult.class);

    private final ObjectMapper mapper;

    DocumentMapper() {
        SimpleModule ids = new SimpleModule("holdfast-values");
        id(ids, PgId.class, PgId::parse);
        id(ids, PlanId.class, PlanId::parse);
        id(ids, RunId.class, RunId::parse);
        id(ids, CheckpointId.class, CheckpointId::parse);
        id(ids, SessionId.class, SessionId::parse);
        id(ids, VmId.class, VmId::parse);
        id(ids, HostId.class, HostId::parse);
        id(ids, AgentId.class, AgentId::parse);
        id(ids, VolumeId.class, VolumeId::parse);
        ids.addKeyDeserializer(PgId.class, new KeyDeserializer() {
            @Override
            public Object deserializeKey(String key, DeserializationContext context) {
                return PgId.parse(key);
            }
        });
        value(ids, Lsn.class, lsn -> Long.toString(lsn.value()), text -> Lsn.of(Long.parseLong(text)));
        JsonMapper.Builder builder = JsonMapper.builder()
                .addModules(new Jdk8Module(), new JavaTimeModule(), ids)
                .disable(
                        SerializationFeature.WRITE_DATES_AS_TIMESTAMPS,
                        SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS);
        SEALED.forEach(type -> registerSealed(builder, type));
        mapper = builder.build();
    }

    String write(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JacksonException unwritable) {
            throw new HoldfastException(
                    CommonError.INTERNAL,
                    "a %s cannot be written as JSON".formatted(value.getClass().getSimpleName()),
                    unwritable);
        }
    }

    /** @throws HoldfastException {@code MALFORMED_DATA} if the stored text is not what this version understands */
    <T> T read(Class<T> type, String json) {
        try {
            return mapper.readValue(json, type);
        } catch (JacksonException unreadable) {
            throw new HoldfastException(
                    CommonError.MALFORMED_DATA,
                    "a stored %s cannot be read by this version".formatted(type.getSimpleName()),
                    unreadable);
        }
    }

    private static void registerSealed(JsonMapper.Builder builder, Class<?> type) {
        builder.addMixIn(type, Typed.class);
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            if (permitted.isSealed()) {
                registerSealed(builder, permitted);
            } else {
                builder.registerSubtypes(new NamedType(permitted, permitted.getSimpleName()));
            }
        }
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    private interface Typed {}

    private static <T extends Id> void id(SimpleModule module, Class<T> type, Function<String, T> parse) {
        value(module, type, id -> id.value().toString(), parse);
    }

    private static <T> void value(
            SimpleModule module, Class<T> type, Function<T, String> toText, Function<String, T> parse) {
        module.addSerializer(type, new TextSerializer<>(type, toText));
        module.addDeserializer(type, new TextDeserializer<>(type, parse));
    }

    private static final class TextSerializer<T> extends StdSerializer<T> {
        private final transient Function<T, String> toText;

        TextSerializer(Class<T> type, Function<T, String> toText) {
            super(type);
            this.toText = toText;
        }

        @Override
        public void serialize(T value, JsonGenerator generator, SerializerProvider provider) throws IOException {
            generator.writeString(toText.apply(value));
        }

        @Override
        public void serializeWithType(
                T value, JsonGenerator generator, SerializerProvider provider, TypeSerializer ignored)
                throws IOException {
            serialize(value, generator, provider);
        }
    }

    private static final class TextDeserializer<T> extends StdDeserializer<T> {
        private final transient Function<String, T> parse;

        TextDeserializer(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return parse.apply(parser.getText());
        }
    }
}
