{#- Whether a date is not before a bound that a subquery tells. PostgreSQL takes a range with two
    ends for a small part of a table, and one with a single end for a third of it: with both it
    uses the index. DuckDB skips the row groups outside. -#}
{% macro on_or_after(column, bound) -%}
    {{ column }} between {{ bound }} and date '9999-12-31'
{%- endmacro %}
