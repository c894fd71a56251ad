package io.holdfast.journalstore;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.holdfast.journalstore", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    private static final String[] FEATURES = {
        "io.holdfast.journalstore.journal..",
        "io.holdfast.journalstore.apply..",
        "io.holdfast.journalstore.ageing..",
        "io.holdfast.journalstore.session..",
        "io.holdfast.journalstore.image..",
        "io.holdfast.journalstore.readahead..",
        "io.holdfast.journalstore.seeding..",
        "io.holdfast.journalstore.space..",
        "io.holdfast.journalstore.integrity..",
        "io.holdfast.journalstore.differences..",
        "io.holdfast.journalstore.files.."
    };

    @ArchTest
    static final ArchRule FEATURES_KNOW_THE_JDK_THE_KERNEL_AND_THE_STREAM = noClasses()
            .that()
            .resideInAnyPackage(FEATURES)
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                    "java..",
                    "io.holdfast.kernel..",
                    "io.holdfast.changestream..",
                    "io.holdfast.journalstore.journal..",
                    "io.holdfast.journalstore.apply..",
                    "io.holdfast.journalstore.ageing..",
                    "io.holdfast.journalstore.session..",
                    "io.holdfast.journalstore.image..",
                    "io.holdfast.journalstore.readahead..",
                    "io.holdfast.journalstore.seeding..",
                    "io.holdfast.journalstore.space..",
                    "io.holdfast.journalstore.integrity..",
                    "io.holdfast.journalstore.differences..",
                    "io.holdfast.journalstore.files..")
            .because("the rules of the journal are tested and read without RocksDB, Kafka or Quarkus");

    @ArchTest
    static final ArchRule THE_STORE_RUNS_WITHOUT_KAFKA_AND_QUARKUS = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.holdfast.journalstore.adapter.rocksdb..",
                    "io.holdfast.journalstore.adapter.files..",
                    "io.holdfast.journalstore.adapter.store..",
                    "io.holdfast.journalstore.adapter.nbd..",
                    "io.holdfast.journalstore.adapter.image..",
                    "io.holdfast.journalstore.adapter.tool..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.quarkus..", "jakarta..", "io.holdfast.platform..")
            .because("journal-tool opens a journal with nothing else running");

    @ArchTest
    static final ArchRule NO_OTHER_SERVICE = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.holdfast.inventory..",
                    "io.holdfast.protectiongroup..",
                    "io.holdfast.replicationrouter..",
                    "io.holdfast.replicationagent..",
                    "io.holdfast.recoveryplan..",
                    "io.holdfast.localsite..")
            .because("services share contracts in proto and nothing else");
}
