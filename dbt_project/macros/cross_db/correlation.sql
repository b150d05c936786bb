{#- Pearson correlation as an aggregate; NULL where a side does not vary (DuckDB says NaN). A side
    is constant when its extremes are equal: its computed variance may be a rounding residue. -#}
{% macro correlation(x, y) -%}
    case
        when max({{ x }}) > min({{ x }}) and max({{ y }}) > min({{ y }})
            then corr({{ x }}, {{ y }})
    end
{%- endmacro %}
