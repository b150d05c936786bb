{#- Every model lives in the target's schema; a replay (var as_of) in a schema of its own. -#}
{% macro generate_schema_name(custom_schema_name, node) %}
    {{ (custom_schema_name or target.schema) ~ as_of_suffix() }}
{% endmacro %}
