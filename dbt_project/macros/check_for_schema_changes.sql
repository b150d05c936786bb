{#- As dbt's macro of this name, and the second half of get_assert_columns_equivalent: where an
    incremental build adds to a table that is not as the contract says, dbt's check of the contract
    decides, and says what differs. -#}
{% macro check_for_schema_changes(source_relation, target_relation) %}
    {%- set changes = default__check_for_schema_changes(source_relation, target_relation) -%}
    {%- if config.get('contract').enforced and not _are_of_contract(changes['target_columns']) -%}
        {%- do assert_columns_equivalent(compiled_code) -%}
    {%- endif -%}
    {{- return(changes) -}}
{% endmacro %}


{#- Whether columns have the names and types of the model's contract. -#}
{% macro _are_of_contract(columns) -%}
    {%- set stored, agreed = {}, {} -%}
    {%- for column in columns -%}
        {%- do stored.update({column.name: column.dtype | lower}) -%}
    {%- endfor -%}
    {%- for column in model.columns.values() -%}
        {%- do agreed.update({column.name: stored_type(column.data_type | lower)}) -%}
    {%- endfor -%}
    {{- return(stored == agreed) -}}
{%- endmacro %}
