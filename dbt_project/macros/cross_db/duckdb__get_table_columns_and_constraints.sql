{#- The columns of a table under contract; `real` ones are stored as they are. Of most features DuckDB's
    compression spares a tenth, and trying six kinds of it on each of 158 columns is a tenth of a
    full build. -#}
{% macro duckdb__get_table_columns_and_constraints() -%}
    {%- set definitions = [] -%}
    {%- for column in adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
        {%- set is_real = column.split()[1:] == ['real'] -%}
        {%- do definitions.append(column ~ (' using compression uncompressed' if is_real else '')) -%}
    {%- endfor -%}
    {%- do definitions.extend(adapter.render_raw_model_constraints(raw_constraints=model['constraints'])) -%}
    ({{ definitions | join(', ') }})
{%- endmacro %}
