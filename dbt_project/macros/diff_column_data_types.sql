{#- As dbt's macro of this name, which looks through all columns for each: a tenth of a second for the
    columns of a feature model. -#}
{% macro diff_column_data_types(source_columns, target_columns) %}
    {%- set targets, changed = {}, [] -%}
    {%- for column in target_columns -%}{%- do targets.update({column.name: column}) -%}{%- endfor -%}
    {%- for column in source_columns if column.name in targets -%}
        {%- set target = targets[column.name] -%}
        {%- set data_type = column.expanded_data_type -%}
        {%- if data_type != target.expanded_data_type and not column.can_expand_to(other_column=target) -%}
            {%- do changed.append({'column_name': target.name, 'new_type': data_type}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(changed) -}}
{% endmacro %}
