"""What DVC keeps of a study: which files are its outputs. Included last, when all rules are known."""

from blocktune.tracking.tidy import write_outputs

if workflow.is_main_process and "--unlock" not in sys.argv and not snakemake_at_work():
    write_outputs(
        [file.regex().pattern for rule in workflow.rules for file in rule.output],
        SECTION_FILES,
    )
